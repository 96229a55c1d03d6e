using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace MallBots.Sidecar.Hosting;

/// <summary>Errors as the gRPC API sends them: code, text, and the details in the trailer `grpc-status-details-bin`.</summary>
internal static class GrpcErrors
{
    /// <summary>The exception that gRPC turns into the answer.</summary>
    public static RpcException From(ApiException error)
    {
        var details = new Google.Rpc.Status { Code = (int)error.GrpcStatus, Message = error.Message };
        if (error.GrpcReason is null && error.Details is { } sameAsHttp) details.Details.AddRange(sameAsHttp.Select(Pack));
        else details.Details.Add(Any.Pack(new ErrorInfo { Reason = error.GrpcReason ?? error.ErrorCode, Domain = "dapr.io" }));
        return new RpcException(
            new Grpc.Core.Status(error.GrpcStatus, error.Message), new Metadata { { "grpc-status-details-bin", details.ToByteArray() } });
    }

    // The HTTP API writes them with their proto names, which the parser takes too.
    static Any Pack(JsonNode? detail)
    {
        var fields = (JsonObject)detail!.DeepClone();
        var type = fields["@type"]!.GetValue<string>();
        fields.Remove("@type");
        return type.EndsWith('.' + nameof(ErrorInfo), StringComparison.Ordinal)
            ? Any.Pack(JsonParser.Default.Parse<ErrorInfo>(fields.ToJsonString()))
            : Any.Pack(JsonParser.Default.Parse<ResourceInfo>(fields.ToJsonString()));
    }
}
