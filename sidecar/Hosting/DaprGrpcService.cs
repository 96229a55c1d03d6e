using Grpc.Core;

namespace MallBots.Sidecar.Hosting;

/// <summary>
/// The name under which ASP.NET knows the service `dapr.proto.runtime.v1.Dapr`; its methods come from the method tables of state, pub/sub,
/// bindings, secrets and metadata.
/// </summary>
internal sealed class DaprGrpcService
{
    public const string Name = "dapr.proto.runtime.v1.Dapr";
}

/// <summary>What gRPC handlers ask of a call.</summary>
internal static class ServerCallContextExtensions
{
    /// <summary>The app whose sidecar was called.</summary>
    public static AppSidecar App(this ServerCallContext call) => Listener.Of(call.GetHttpContext()).App;
}
