using System.Text.Json.Nodes;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>Calls what a recorded case called over gRPC and compares the answer with the recorded one.</summary>
public static class GrpcReplay
{
    // Unknown fields: the recordings may be newer than the message types.
    static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public static async Task AssertAsRecordedAsync(ChannelBase channel, JsonObject entry)
    {
        var client = new Dapr.Client.Autogen.Grpc.v1.Dapr.DaprClient(channel);
        try
        {
            var response = await CallAsync(client, entry["grpc"]!.GetValue<string>(), entry["request"]!.ToJsonString());
            Assert.True(entry["error"] is null, $"expected the error {entry["error"]?["code"]}, got {response}");
            var expected = (IMessage)Parser.Parse(entry["response"]!.ToJsonString(), response.Descriptor);
            Assert.Equal(Recording.WithoutIds(expected.ToString()!), Recording.WithoutIds(response.ToString()!));
        }
        catch (RpcException error)
        {
            Assert.True(entry["error"] is not null, $"unexpected error {error.Status}");
            Assert.Equal(entry["error"]!["code"]!.GetValue<string>(), error.StatusCode.ToString());
            var recorded = entry["error"]!["trailers"]!["grpc-status-details-bin"]!.GetValue<string>();
            Assert.Equal(Reason(Convert.FromBase64String(recorded)), Reason(error.Trailers.GetValueBytes("grpc-status-details-bin")!));
        }
    }

    static string Reason(byte[] details) =>
        Google.Rpc.Status.Parser.ParseFrom(details).Details.Single(detail => detail.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>().Reason;

    static async Task<IMessage> CallAsync(Dapr.Client.Autogen.Grpc.v1.Dapr.DaprClient client, string method, string request)
    {
        var cancel = TestContext.Current.CancellationToken;
        return method switch
        {
            "GetState" => await client.GetStateAsync(Parser.Parse<GetStateRequest>(request), cancellationToken: cancel),
            "GetBulkState" => await client.GetBulkStateAsync(Parser.Parse<GetBulkStateRequest>(request), cancellationToken: cancel),
            "SaveState" => await client.SaveStateAsync(Parser.Parse<SaveStateRequest>(request), cancellationToken: cancel),
            "DeleteState" => await client.DeleteStateAsync(Parser.Parse<DeleteStateRequest>(request), cancellationToken: cancel),
            "ExecuteStateTransaction" => await client.ExecuteStateTransactionAsync(Parser.Parse<ExecuteStateTransactionRequest>(request), cancellationToken: cancel),
            "PublishEvent" => await client.PublishEventAsync(Parser.Parse<PublishEventRequest>(request), cancellationToken: cancel),
            "BulkPublishEvent" => await client.BulkPublishEventAsync(Parser.Parse<BulkPublishRequest>(request), cancellationToken: cancel),
            "GetMetadata" => await client.GetMetadataAsync(Parser.Parse<GetMetadataRequest>(request), cancellationToken: cancel),
            _ => throw new NotSupportedException(method),
        };
    }
}
