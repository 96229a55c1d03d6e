using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>An app behind a sidecar, made of one handler, which keeps what it received.</summary>
public sealed class TestApp : IAsyncDisposable
{
    readonly WebApplication web;

    TestApp(WebApplication web, int port) => (this.web, Port) = (web, port);

    public int Port { get; }

    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>What came without the sidecar's own questions (`/dapr/config`, `/dapr/subscribe`).</summary>
    public IEnumerable<Received> Calls => Requests.Where(request => !request.Target.StartsWith("/dapr/", StringComparison.Ordinal));

    public static async Task<TestApp> StartAsync(Func<HttpContext, Task> handler, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ListenOptions? listening = null;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, options => listening = options));
        var web = builder.Build();
        TestApp? app = null;
        web.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
            var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
            context.Items["body"] = body;
            context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
            app!.Requests.Enqueue(new Received(context.Request.Method, target, headers, body));
            await handler(context);
        });
        await web.StartAsync(TestContext.Current.CancellationToken);
        return app = new TestApp(web, listening!.IPEndPoint!.Port);
    }

    public async ValueTask DisposeAsync() => await web.DisposeAsync();

    public sealed record Received(string Method, string Target, Dictionary<string, string> Headers, string Body);
}
