using Microsoft.Extensions.Configuration;

namespace MallBots.ServiceKit.Hosting;

/// <summary>What the kit reads from the configuration.</summary>
public sealed record KitOptions
{
    /// <summary>The service's app-id.</summary>
    public required string AppId { get; init; }

    /// <summary>Name of this replica; <c>Replica:Name</c>, by default that of the machine (in Kubernetes, the pod).</summary>
    public string Replica { get; init; } = Environment.MachineName;

    /// <summary>The mall's currency; <c>Mall:Currency</c>, default USD.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>How often all logs are swept; <c>Journal:SweepEvery</c>, default 10 s.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an open entry is left to its writer; <c>Journal:FenceAfter</c>, default 10 s.</summary>
    public TimeSpan FenceAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long finished logs serve the feed; <c>Journal:KeepFeed</c>, default 7 days.</summary>
    public TimeSpan KeepFeed { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often a consumer walks its owners' feeds; <c>CatchUp:Every</c>, default 5 min.</summary>
    public TimeSpan CatchUpEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a call to another service, to the state store or to the broker may take; <c>Calls:Timeout</c>, default 5 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Ends a call with its caller, or when it has taken too long: a sidecar that is frozen answers nothing, for ever.</summary>
    internal CancellationTokenSource LimitOf(CancellationToken cancel)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(CallTimeout);
        return limit;
    }

    /// <summary>Address of the sidecar's HTTP API; DAPR_HTTP_ENDPOINT, or DAPR_HTTP_PORT on this machine.</summary>
    public required string DaprHttpEndpoint { get; init; }

    /// <summary>Address of the sidecar's gRPC API; DAPR_GRPC_ENDPOINT, or DAPR_GRPC_PORT on this machine.</summary>
    public required string DaprGrpcEndpoint { get; init; }

    /// <summary>Token for the sidecar; DAPR_API_TOKEN, none by default.</summary>
    public string? DaprApiToken { get; init; }

    /// <summary>Token that the sidecar sends to this app; APP_API_TOKEN. Without one the service does not start.</summary>
    public required string AppApiToken { get; init; }

    /// <summary>Reads the options of a service.</summary>
    /// <exception cref="InvalidOperationException">APP_API_TOKEN is missing.</exception>
    public static KitOptions From(string appId, IConfiguration configuration) => new()
    {
        AppId = appId,
        Replica = configuration["Replica:Name"] ?? Environment.MachineName,
        Currency = configuration["Mall:Currency"] ?? "USD",
        SweepEvery = configuration.GetValue("Journal:SweepEvery", TimeSpan.FromSeconds(10)),
        FenceAfter = configuration.GetValue("Journal:FenceAfter", TimeSpan.FromSeconds(10)),
        KeepFeed = configuration.GetValue("Journal:KeepFeed", TimeSpan.FromDays(7)),
        CatchUpEvery = configuration.GetValue("CatchUp:Every", TimeSpan.FromMinutes(5)),
        CallTimeout = configuration.GetValue("Calls:Timeout", TimeSpan.FromSeconds(5)),
        DaprHttpEndpoint = configuration["DAPR_HTTP_ENDPOINT"] ?? $"http://127.0.0.1:{configuration["DAPR_HTTP_PORT"] ?? "3500"}",
        DaprGrpcEndpoint = configuration["DAPR_GRPC_ENDPOINT"] ?? $"http://127.0.0.1:{configuration["DAPR_GRPC_PORT"] ?? "50001"}",
        DaprApiToken = configuration["DAPR_API_TOKEN"],
        AppApiToken = configuration["APP_API_TOKEN"] is { Length: > 0 } token
            ? token
            : throw new InvalidOperationException(
                $"{appId} does not start: APP_API_TOKEN is not set. Set it to a secret that the sidecar knows too, so that nobody else can call /internal and /events."),
    };
}
