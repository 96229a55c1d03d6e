using System.Globalization;
using Grpc.Net.Client;
using MallBots.Sidecar.Tests.Invocation;
using MallBots.Sidecar.Tests.PubSub;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>The tests of a sidecar that somebody else started: one after the other, with one app on its port all the time.</summary>
[CollectionDefinition(nameof(GivenSidecar))]
public sealed class GivenSidecarCollection : ICollectionFixture<GivenSidecar>;

/// <summary>
/// A sidecar such as daprd (docs/conformance.md): DAPR_HTTP_ENDPOINT, DAPR_GRPC_ENDPOINT and APP_PORT name it, RECORDINGS the engine behind it
/// (memory, redis, redis-resiliency, sqlite). What is played against it is skipped without them.
/// </summary>
public sealed class GivenSidecar : IAsyncLifetime
{
    static readonly string[] Names = ["DAPR_HTTP_ENDPOINT", "DAPR_GRPC_ENDPOINT", "APP_PORT", "RECORDINGS"];

    TestApp? app;
    GrpcChannel? channel;

    public string Engine => Given("RECORDINGS");

    public HttpClient Http { get; } = new();

    public GrpcChannel Channel => channel!;

    /// <summary>The whole app: what it got of everything.</summary>
    public TestApp App => app!;

    /// <summary>Its part that subscribes.</summary>
    public SubscribingApp Subscriber { get; } = RecordedApp.Create();

    public static string Given(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Assert.SkipWhen(string.IsNullOrEmpty(value), $"no sidecar is given: {name} is not set (docs/conformance.md)");
        return value!;
    }

    public async ValueTask InitializeAsync()
    {
        if (Names.Any(name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))) return;
        Http.BaseAddress = new Uri(Given("DAPR_HTTP_ENDPOINT"));
        channel = GrpcChannel.ForAddress(Given("DAPR_GRPC_ENDPOINT"));
        app = await TestApp.StartAsync(AnswerAsync, int.Parse(Given("APP_PORT"), CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        channel?.Dispose();
        if (app is not null) await app.DisposeAsync();
    }

    Task AnswerAsync(HttpContext context) =>
        context.Request.Path == "/" || context.Request.Path.StartsWithSegments("/echo")
            ? OtherApisConformanceTests.EchoAsync(context)
            : Subscriber.HandleAsync(context);
}
