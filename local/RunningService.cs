using MallBots.ServiceKit.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace MallBots.Local;

/// <summary>One service that listens.</summary>
sealed class RunningService : IAsyncDisposable
{
    static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(8);

    readonly WebApplication app;

    RunningService(WebApplication app) => this.app = app;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Its container.</summary>
    public IServiceProvider Services => app.Services;

    public static async Task<RunningService> StartAsync(
        ServiceDefinition definition, IReadOnlyDictionary<string, string?> settings, CancellationToken cancellationToken, Action<IServiceCollection>? configure = null)
    {
        var app = MallService.Build(definition, [], settings, services =>
        {
            services.AddSingleton<IHostLifetime, OneOfMany>();
            configure?.Invoke(services);
        });
        try
        {
            await app.StartAsync(cancellationToken);
            return new RunningService(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeToStop);
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }

    /// <summary>A host that does not listen to Ctrl-C by itself: the process decides when all of them stop, and in which order.</summary>
    sealed class OneOfMany : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
