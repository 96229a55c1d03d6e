using System.Net;
using System.Net.Sockets;
using System.Text;
using MallBots.Sidecar.Bindings;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Invocation;
using MallBots.Sidecar.NameResolution;
using MallBots.Sidecar.Secrets;
using MallBots.Sidecar.State;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MallBots.Sidecar.Hosting;

/// <summary>
/// The one web host of the process: two ports for each app, on loopback only (both, where there is IPv6); which app a call belongs to is known from its listener.
/// </summary>
internal sealed class SidecarHost : IAsyncDisposable
{
    const int StreamsPerConnection = 10_000;

    // Where IPv6 is missing or switched off, nothing can listen on ::1.
    static readonly bool HasIPv6 = Socket.OSSupportsIPv6 && IsFree(IPAddress.IPv6Loopback, 0);

    readonly SidecarContext context;
    readonly WebApplication web;
    readonly HttpMessageInvoker toApps;
    readonly BindingsApi bindings;
    readonly List<(Listener Listener, ListenOptions Options)> listeners = [];

    public SidecarHost(
        SidecarContext context, Resources resources, StateService states, IReadOnlyList<ISidecarPart> parts, HttpMessageInvoker toApps, NameRegistry? names)
    {
        this.context = context;
        this.toApps = toApps;
        bindings = new BindingsApi(context);

        // Empty: nothing of the process (environment, appsettings.json) may change how the sidecar listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        HostLogging.Use(builder.Logging, context.Loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Listen);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();

        var http = new HttpRoutes();
        var dapr = new GrpcMethodTable<DaprGrpcService>(DaprGrpcService.Name);
        new StateHttpApi(states).Map(http);
        new StateGrpcApi(states).Map(dapr);
        new MetadataApi(context, states).Map(http, dapr);
        new SecretsApi(resources).Map(http, dapr);
        bindings.Map(http, dapr);
        if (parts.OfType<IPublisher>().FirstOrDefault() is { } publisher) new PublishGrpcApi(publisher).Map(dapr);
        dapr.AddTo(builder.Services, new DaprGrpcService());
        foreach (var part in parts) part.AddServices(builder.Services);

        web = builder.Build();
        var others = names is null ? null : new OtherSidecars(names, toApps, context.Options.ApiToken);
        var api = new HttpApi(http, new InvocationService(context, others), context.Loggers.CreateLogger<HttpApi>());
        var token = new ApiToken(context.Options.ApiToken);
        web.Use(next => call =>
        {
            var listener = Listener.Of(call);
            if (!token.Admits(call)) return ApiToken.RefuseAsync(call, listener.IsGrpc);
            return listener.IsGrpc ? next(call) : api.AnswerAsync(call, listener.App);
        });
        web.UseRouting();
        web.MapGrpcService<DaprGrpcService>();
        foreach (var part in parts) part.Map(web, http);
    }

    /// <summary>Listens; afterwards the apps know their real ports. Throws <see cref="PortInUseException"/>.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        try
        {
            await web.StartAsync(cancel);
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException)
        {
            await web.DisposeAsync();
            throw WhichPort(fault);
        }

        foreach (var (listener, options) in listeners)
        {
            if (listener.IsGrpc) listener.App.GrpcPort = options.IPEndPoint!.Port;
            else listener.App.HttpPort = options.IPEndPoint!.Port;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await web.DisposeAsync();
        toApps.Dispose();
        bindings.Dispose();
    }

    void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        foreach (var app in context.Apps.Values)
        {
            Listen(kestrel, new Listener(app, IsGrpc: false), app.HttpPort, HttpProtocols.Http1);
            Listen(kestrel, new Listener(app, IsGrpc: true), app.GrpcPort, HttpProtocols.Http2);
        }
    }

    // A port that is yet to be found is one of IPv4 alone: two listeners can't be told to choose the same.
    void Listen(KestrelServerOptions kestrel, Listener listener, int port, HttpProtocols protocols)
    {
        kestrel.Listen(IPAddress.Loopback, port, options =>
        {
            Serve(options);
            listeners.Add((listener, options));
        });
        if (port != 0 && HasIPv6) kestrel.Listen(IPAddress.IPv6Loopback, port, Serve);

        void Serve(ListenOptions options)
        {
            options.Protocols = protocols;
            options.Use(next => connection =>
            {
                connection.Features.Set(listener);
                return next(connection);
            });
        }
    }

    PortInUseException WhichPort(Exception cause)
    {
        foreach (var app in context.Apps.Values)
        {
            foreach (var port in (int[])[app.HttpPort, app.GrpcPort])
            {
                if (port > 0 && (!IsFree(IPAddress.Loopback, port) || (HasIPv6 && !IsFree(IPAddress.IPv6Loopback, port))))
                    return new PortInUseException(app.AppId, port, cause);
            }
        }

        throw cause;
    }

    static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
