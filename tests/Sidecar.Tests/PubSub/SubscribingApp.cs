using System.Net;
using System.Threading.Channels;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>A request that an app got from its sidecar.</summary>
public sealed record ReceivedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>An app that listens on a port, tells its subscriptions, keeps what it gets, and answers as a test decides.</summary>
public sealed class SubscribingApp : IAsyncDisposable
{
    readonly Channel<ReceivedRequest> deliveries = Channel.CreateUnbounded<ReceivedRequest>();
    readonly TaskCompletionSource subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly string subscriptions;
    WebApplication? web;

    /// <summary>An app that does not listen itself: somebody else hands it its requests.</summary>
    public SubscribingApp(string subscriptions) => this.subscriptions = subscriptions;

    /// <summary>Status and body of the answer to a delivery.</summary>
    public Func<ReceivedRequest, Task<(int Status, string Body)>> Answer { get; set; } = _ => Task.FromResult((200, ""));

    /// <summary>What it was asked before the first delivery.</summary>
    public List<ReceivedRequest> StartupCalls { get; } = [];

    public int Port { get; private set; }

    /// <param name="subscriptions">The JSON for GET /dapr/subscribe.</param>
    /// <param name="port">0 takes a free one.</param>
    public static async Task<SubscribingApp> StartAsync(string subscriptions, int port = 0)
    {
        var app = new SubscribingApp(subscriptions);
        await app.ListenAsync(port);
        return app;
    }

    public static string Subscribe(params string[] topics) =>
        "[" + string.Join(',', topics.Select(topic => $$"""{"pubsubname":"pubsub","topic":"{{topic}}","route":"/{{topic}}"}""")) + "]";

    public async Task ListenAsync(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        web = builder.Build();
        web.Run(HandleAsync);
        await web.StartAsync();
        Port = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    /// <summary>Its port is closed.</summary>
    public async Task StopListeningAsync()
    {
        await web!.DisposeAsync();
        web = null;
    }

    /// <summary>What it got and nobody has read yet.</summary>
    public ChannelReader<ReceivedRequest> Deliveries => deliveries.Reader;

    public Task AskedForSubscriptionsAsync() => subscribed.Task.Within();

    public async Task<ReceivedRequest> NextAsync() => await deliveries.Reader.ReadAsync().AsTask().Within();

    public async Task<List<ReceivedRequest>> NextAsync(int count)
    {
        var received = new List<ReceivedRequest>();
        while (received.Count < count) received.Add(await NextAsync());
        return received;
    }

    public async ValueTask DisposeAsync()
    {
        if (web is not null) await web.DisposeAsync();
    }

    public async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var request = new ReceivedRequest(
            context.Request.Method,
            context.Request.Path,
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
            body);
        if (request.Path.StartsWith("/dapr/", StringComparison.Ordinal))
        {
            lock (StartupCalls) StartupCalls.Add(request);
            if (request.Path != "/dapr/subscribe")
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            await context.Response.WriteAsync(subscriptions);
            subscribed.TrySetResult();
            return;
        }

        deliveries.Writer.TryWrite(request);
        var (status, text) = await Answer(request);
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text);
    }
}
