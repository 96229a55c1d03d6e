using System.Collections.Concurrent;
using System.Net;
using Dapr.Client.Autogen.Grpc.v1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MallBots.TestKit;

/// <summary>
/// Stands between one process of an app and the gRPC API of its sidecar, and lets a test hold single calls: on their way there, or their answers. So the
/// process can be suspended or killed between exactly two of its steps.
/// </summary>
public sealed class SidecarProxy : IAsyncDisposable
{
    readonly WebApplication web;
    readonly string sidecar;
    readonly HttpMessageInvoker http = new(new SocketsHttpHandler { UseProxy = false });
    readonly ConcurrentQueue<SidecarCall> calls = new();
    readonly ConcurrentDictionary<HeldCall, (bool Answered, Func<SidecarCall, bool> Which)> holds = new();
    ListenOptions? listening;

    SidecarProxy(int grpcPort)
    {
        sidecar = $"http://127.0.0.1:{grpcPort}";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options =>
        {
            options.Protocols = HttpProtocols.Http2;
            listening = options;
        }));
        web = builder.Build();
        web.Run(Forward);
    }

    /// <summary>For DAPR_GRPC_ENDPOINT.</summary>
    public string Address => $"http://127.0.0.1:{listening!.IPEndPoint!.Port}";

    /// <summary>All calls so far, in the order in which they came.</summary>
    public IEnumerable<SidecarCall> Calls => calls;

    /// <summary>Listens on a free port in front of this one.</summary>
    public static async Task<SidecarProxy> Start(int grpcPort)
    {
        var proxy = new SidecarProxy(grpcPort);
        await proxy.web.StartAsync();
        return proxy;
    }

    /// <summary>Holds the next such call before the sidecar hears of it.</summary>
    public HeldCall HoldCall(Func<SidecarCall, bool> which) => Hold(answered: false, which);

    /// <summary>Holds the answer of the next such call: the sidecar has done it, the app does not know.</summary>
    public HeldCall HoldAnswer(Func<SidecarCall, bool> which) => Hold(answered: true, which);

    public async ValueTask DisposeAsync()
    {
        foreach (var held in holds.Keys) held.Cut();
        await web.DisposeAsync();
        http.Dispose();
    }

    HeldCall Hold(bool answered, Func<SidecarCall, bool> which)
    {
        var held = new HeldCall();
        holds[held] = (answered, which);
        return held;
    }

    async Task Forward(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var call = new SidecarCall(context.Request.Path.Value!.Split('/')[^1], body.ToArray());
        calls.Enqueue(call);
        if (!await Passes(call, answered: false, context)) return;

        using var request = new HttpRequestMessage(HttpMethod.Post, sidecar + context.Request.Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(call.Body),
        };
        foreach (var (name, values) in context.Request.Headers.Where(header => !header.Key.StartsWith(':') && header.Key is not ("Host" or "Content-Length")))
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable())) request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        using var answer = await http.SendAsync(request, CancellationToken.None);
        var answered = await answer.Content.ReadAsByteArrayAsync();
        call.Succeeded = (answer.TrailingHeaders.TryGetValues("grpc-status", out var status) || answer.Headers.TryGetValues("grpc-status", out status)) && status.Single() == "0";
        if (!await Passes(call, answered: true, context)) return;

        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers)) context.Response.Headers[name] = values.ToArray();
        await context.Response.Body.WriteAsync(answered);
        foreach (var (name, values) in answer.TrailingHeaders) context.Response.AppendTrailer(name, values.ToArray());
    }

    /// <summary>False when the call is cut: neither it nor its answer goes on.</summary>
    async Task<bool> Passes(SidecarCall call, bool answered, HttpContext context)
    {
        foreach (var (held, (isAnswered, which)) in holds)
        {
            if (isAnswered != answered || !which(call) || !holds.TryRemove(held, out _)) continue;
            if (await held.Wait(call, context.RequestAborted)) return true;
            context.Abort();
            return false;
        }

        return true;
    }
}

/// <summary>One gRPC call of an app to its sidecar.</summary>
/// <param name="Method">The name in Dapr's service, such as SaveState.</param>
/// <param name="Body">The message with its frame, as it was sent.</param>
public sealed record SidecarCall(string Method, byte[] Body)
{
    const int Frame = 5; // Compression and length, of a message that is not compressed.

    /// <summary>True when it was answered, and well; false for a conflict, and while there is no answer.</summary>
    public bool Succeeded { get; internal set; }

    /// <summary>True when it publishes an event.</summary>
    public bool Publishes => Method == "PublishEvent";

    /// <summary>True when it reads this key alone.</summary>
    public bool Reads(string key) => Method == "GetState" && GetStateRequest.Parser.ParseFrom(Body.AsSpan(Frame)).Key == key;

    /// <summary>True when it saves a key that begins with this.</summary>
    public bool Saves(string prefix) =>
        Method == "SaveState" && SaveStateRequest.Parser.ParseFrom(Body.AsSpan(Frame)).States.Any(state => state.Key.StartsWith(prefix, StringComparison.Ordinal));
}

/// <summary>A call that waits for what a test decides.</summary>
public sealed class HeldCall
{
    readonly TaskCompletionSource<SidecarCall> reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<bool> goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it has come; fails when it does not.</summary>
    public Task<SidecarCall> Reached => reached.Task.Within(what: "the call comes");

    /// <summary>Lets it go on.</summary>
    public void Release() => goesOn.TrySetResult(true);

    /// <summary>Breaks it off: the app never hears an answer.</summary>
    public void Cut() => goesOn.TrySetResult(false);

    internal async Task<bool> Wait(SidecarCall call, CancellationToken gone)
    {
        reached.TrySetResult(call);
        await using var cut = gone.Register(Cut);
        return await goesOn.Task;
    }
}
