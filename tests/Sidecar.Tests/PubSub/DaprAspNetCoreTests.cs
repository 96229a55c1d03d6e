using System.Net;
using System.Text.Json.Nodes;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>The subscriptions of the services are written with the genuine Dapr.AspNetCore.</summary>
public sealed class DaprAspNetCoreTests
{
    [Fact]
    public async Task Subscriptions_of_MapSubscribeHandler_are_understood()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.MapSubscribeHandler();
        app.MapPost("/events/store", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            received.TrySetResult(await reader.ReadToEndAsync());
        }).WithTopic("pubsub", "store");
        await app.StartAsync(TestContext.Current.CancellationToken);
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.Component("pubsub", "pubsub.embedded")], inMemory: true);

        sidecar.Sidecar.Connect(SidecarUnderTest.AppId, new Uri(app.Urls.Single()).Port);
        using var client = sidecar.DaprClientOf();
        await client.PublishEventAsync("pubsub", "store", "hello", TestContext.Current.CancellationToken);

        var envelope = JsonNode.Parse(await received.Task.Within())!;
        Assert.Equal("hello", envelope["data"]!.GetValue<string>());
    }
}
