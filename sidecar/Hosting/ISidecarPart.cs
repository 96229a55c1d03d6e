namespace MallBots.Sidecar.Hosting;

/// <summary>A part of the sidecar with routes and work of its own (pub/sub, workflows). One instance serves all apps of the process.</summary>
internal interface ISidecarPart : IAsyncDisposable
{
    /// <summary>Registers the part's gRPC services (see <see cref="GrpcMethodTable{TService}"/>). Called first.</summary>
    void AddServices(IServiceCollection services);

    /// <summary>Maps the gRPC services and the routes of the HTTP API.</summary>
    void Map(IEndpointRouteBuilder grpc, HttpRoutes http);

    /// <summary>Opens what the part needs. Called before the listeners accept calls.</summary>
    Task StartAsync(CancellationToken cancel);

    /// <summary>The app listens now. Runs beside the API; an exception is logged. <paramref name="cancel"/> ends when the app disconnects.</summary>
    Task AppConnectedAsync(AppSidecar app, CancellationToken cancel);

    /// <summary>The app is gone; deliveries to it pause.</summary>
    void AppDisconnected(AppSidecar app);
}
