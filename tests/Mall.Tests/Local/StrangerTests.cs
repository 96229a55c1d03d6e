using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Sidecar;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>An app that stands nowhere in the table, beside the real components: it has nothing of them, and no topic even where it sees the broker (fact P14).</summary>
public sealed class StrangerTests : IDisposable
{
    const string Stranger = "stranger";
    static readonly string Components = Path.Combine(AppContext.BaseDirectory, "components");
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-stranger-");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task It_sees_no_component()
    {
        await using var sidecars = await EmbeddedSidecar.StartAsync(
            new SidecarOptions { ResourcesPaths = [Path.Combine(Components, "common"), Path.Combine(Components, "embedded")] }, [new SidecarApp(Stranger), new SidecarApp(Apps.Payments)], cancel: Cancel);
        using var stranger = ClientOf(sidecars, Stranger);
        using var payments = ClientOf(sidecars, Apps.Payments);

        using var metadata = JsonDocument.Parse(await stranger.GetStringAsync("/v1.0/metadata", Cancel));
        Assert.Empty(metadata.RootElement.GetProperty("components").EnumerateArray());
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.NoContent), (await Get(stranger, "state/statestore/x"), await Get(payments, "state/statestore/x")));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await Get(stranger, "secrets/secrets/payment-provider-api-key"), await Get(payments, "secrets/secrets/payment-provider-api-key")));
        Assert.Equal(HttpStatusCode.NotFound, await Publish(stranger, Topics.Payment));
        Assert.Equal(HttpStatusCode.NoContent, await Publish(payments, Topics.Payment));
        Assert.Equal(HttpStatusCode.Forbidden, await Publish(payments, Topics.Order)); // What is another's is nobody else's.
    }

    [Fact]
    public async Task It_publishes_on_no_topic_and_hears_none_where_it_sees_the_broker()
    {
        ComponentCopies.SeenBy(Path.Combine(Components, "embedded"), folder.FullName, Stranger);
        using var told = new Told();
        await using var app = await Listening.Start();
        await using var sidecars = await EmbeddedSidecar.StartAsync(
            new SidecarOptions { ResourcesPaths = [folder.FullName] }, [new SidecarApp(Stranger), .. Topics.All.Select(topic => topic.Owner).Distinct().Select(owner => new SidecarApp(owner))], told, cancel: Cancel);
        using var stranger = ClientOf(sidecars, Stranger);
        Assert.Equal(HttpStatusCode.NoContent, await Get(stranger, "state/statestore/x")); // It sees them now.
        foreach (var topic in Topics.All) Assert.Equal((topic.Name, HttpStatusCode.Forbidden), (topic.Name, await Publish(stranger, topic)));

        sidecars.Connect(Stranger, app.Port);
        foreach (var topic in Topics.All)
        {
            await Eventually.True(() => Task.FromResult(told.Lines.Any(line => line.Contains($"subscription to topic '{topic.Name}' on pubsub 'pubsub' is not allowed", StringComparison.Ordinal))), what: $"{topic.Name} is refused");
            using var owner = ClientOf(sidecars, topic.Owner);
            Assert.Equal((topic.Name, HttpStatusCode.NoContent), (topic.Name, await Publish(owner, topic)));
        }

        Assert.Equal(0, app.Events);
    }

    static HttpClient ClientOf(EmbeddedSidecar sidecars, string app) => WatchedHttp.Client(new Uri($"http://127.0.0.1:{sidecars[app].HttpPort}"));

    static async Task<HttpStatusCode> Get(HttpClient sidecar, string path)
    {
        using var answer = await sidecar.GetAsync($"/v1.0/{path}", Cancel);
        return answer.StatusCode;
    }

    static async Task<HttpStatusCode> Publish(HttpClient sidecar, Topic topic)
    {
        using var answer = await sidecar.PostAsync($"/v1.0/publish/pubsub/{topic.Name}", new StringContent("1"), Cancel);
        return answer.StatusCode;
    }

    /// <summary>The stranger, which wants to hear everything.</summary>
    sealed class Listening : IAsyncDisposable
    {
        readonly WebApplication web;
        ListenOptions? listening;
        int events;

        Listening()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options => listening = options));
            web = builder.Build();
            web.Run(async context =>
            {
                if (context.Request.Path == "/dapr/subscribe") await context.Response.WriteAsJsonAsync(Topics.All.Select(topic => new { pubsubname = "pubsub", topic = topic.Name, route = "/events" }));
                else if (context.Request.Path == "/events") Interlocked.Increment(ref events);
            });
        }

        public int Port => listening!.IPEndPoint!.Port;

        public int Events => events;

        public static async Task<Listening> Start()
        {
            var app = new Listening();
            await app.web.StartAsync(Cancel);
            return app;
        }

        public ValueTask DisposeAsync() => web.DisposeAsync();
    }

    /// <summary>What the sidecars say.</summary>
    sealed class Told : ILoggerFactory, ILogger
    {
        readonly ConcurrentQueue<string> lines = new();

        public IEnumerable<string> Lines => lines;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
            // There is nothing to give back.
        }
    }
}
