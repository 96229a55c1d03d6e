using System.Text.Json.Nodes;
using Grpc.Core;

namespace MallBots.Sidecar.Hosting;

/// <summary>A call of the Dapr API that is refused or fails, as both APIs tell it.</summary>
/// <param name="httpStatus">Status of the HTTP API.</param>
/// <param name="grpcStatus">Code of the gRPC API.</param>
/// <param name="errorCode">Dapr's error code, for example `ERR_STATE_SAVE`.</param>
/// <param name="message">The text after the code.</param>
internal sealed class ApiException(int httpStatus, StatusCode grpcStatus, string errorCode, string message) : Exception(message)
{
    /// <summary>Status of the HTTP API.</summary>
    public int HttpStatus { get; } = httpStatus;

    /// <summary>Code of the gRPC API.</summary>
    public StatusCode GrpcStatus { get; } = grpcStatus;

    /// <summary>Dapr's error code.</summary>
    public string ErrorCode { get; } = errorCode;

    /// <summary>The field `details` of the HTTP answer, where the recordings have one.</summary>
    public JsonArray? Details { get; init; }

    /// <summary>The reason in the details of the gRPC answer, when it is not <see cref="ErrorCode"/>.</summary>
    public string? GrpcReason { get; init; }
}
