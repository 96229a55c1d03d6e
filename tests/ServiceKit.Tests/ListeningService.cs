using MallBots.ServiceKit.Hosting;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.ServiceKit.Tests;

/// <summary>A service on the kit that listens on a free port, for tests over HTTP.</summary>
sealed class ListeningService : IAsyncDisposable
{
    /// <summary>What opens its internal routes.</summary>
    public const string Token = "secret";

    readonly WebApplication app;

    ListeningService(WebApplication app)
    {
        this.app = app;
        Client = WatchedHttp.Client(new Uri(app.Urls.Single()), Deadline.Longest);
    }

    /// <summary>Asks it; without the token, unless a test adds it.</summary>
    public HttpClient Client { get; }

    /// <summary>Its container.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Starts it.</summary>
    /// <param name="definition">The service.</param>
    /// <param name="configure">What stands in its container instead of the sidecar: store, broker, clock.</param>
    /// <param name="settings">Configuration on top of address and token.</param>
    public static async Task<ListeningService> Start(
        ServiceDefinition definition, Action<IServiceCollection>? configure = null, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var all = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>()) { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["APP_API_TOKEN"] = Token };
        var app = MallService.Build(definition, [], all, configure);
        await app.StartAsync();
        return new ListeningService(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
