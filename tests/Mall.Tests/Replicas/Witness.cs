using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using MallBots.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>An app that takes every event of one topic and counts.</summary>
sealed class Witness : IAsyncDisposable
{
    public const string AppId = "witness";

    readonly ConcurrentQueue<string> seen = new();
    readonly WebApplication web;
    ListenOptions? listening;

    Witness(Topic topic)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options => listening = options));
        web = builder.Build();
        web.Run(async context =>
        {
            if (context.Request.Path == "/dapr/subscribe")
            {
                await context.Response.WriteAsJsonAsync(new[] { new { pubsubname = "pubsub", topic = topic.Name, route = "/events" } });
                return;
            }

            if (context.Request.Path != "/events") return;
            var delivered = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
            seen.Enqueue(delivered.GetProperty("id").GetString()!);
        });
    }

    public int Port => listening!.IPEndPoint!.Port;

    /// <summary>How often it was told of the versions of an entity, in the order in which it was.</summary>
    public IEnumerable<string> Of(string entity) => seen.Where(id => id.StartsWith($"{entity}.", StringComparison.Ordinal)).Select(id => id[(entity.Length + 1)..]);

    public static async Task<Witness> Start(Topic topic)
    {
        var witness = new Witness(topic);
        await witness.web.StartAsync();
        return witness;
    }

    public ValueTask DisposeAsync() => web.DisposeAsync();
}
