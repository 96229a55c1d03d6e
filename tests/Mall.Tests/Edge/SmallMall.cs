using System.Collections.Concurrent;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MallBots.Mall.Tests.Edge;

/// <summary>The gateway and one service behind it, with a look at what reaches the service and at what either logs.</summary>
sealed class SmallMall : IAsyncDisposable
{
    readonly LocalMall mall;
    readonly Watch watch;

    SmallMall(LocalMall mall, Watch watch)
    {
        (this.mall, this.watch) = (mall, watch);
        Gateway = WatchedHttp.Client(mall[Apps.Gateway]);
    }

    public HttpClient Gateway { get; }

    public Uri this[string app] => mall[app];

    /// <summary>The headers of every call of the API that reached the service.</summary>
    public IEnumerable<IReadOnlyDictionary<string, string>> Reached => watch.Reached;

    /// <summary>Warnings and worse, of both.</summary>
    public IEnumerable<string> Warnings => watch.Warnings;

    /// <summary>Requests that the gateway or the service has begun and not ended.</summary>
    public int UnderWay => watch.UnderWay;

    /// <summary>Requests that came to the gateway or the service.</summary>
    public int Begun => watch.Begun;

    /// <param name="trustedProxies">The gateway's setting; null leaves it out.</param>
    public static async Task<SmallMall> Start(string? trustedProxies = null)
    {
        var watch = new Watch();
        var mall = await LocalMall.StartAsync(new LocalMallOptions
        {
            Apps = [Apps.Gateway, Apps.Stores],
            Settings = trustedProxies is null ? new Dictionary<string, string?>() : new Dictionary<string, string?> { ["Gateway:TrustedProxies"] = trustedProxies },
            Configure = (app, container) =>
            {
                container.AddSingleton<IStartupFilter>(new Look(watch, app));
                container.AddSingleton<ILoggerProvider>(watch);
            },
        });
        return new SmallMall(mall, watch);
    }

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        await mall.DisposeAsync();
    }

    sealed class Look(Watch watch, string app) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => pipeline =>
        {
            pipeline.Use((context, following) => watch.See(context, app, following));
            next(pipeline);
        };
    }

    sealed class Watch : ILoggerProvider, ILogger
    {
        int underWay;
        int begun;

        public ConcurrentQueue<IReadOnlyDictionary<string, string>> Reached { get; } = [];

        public ConcurrentQueue<string> Warnings { get; } = [];

        public int UnderWay => Volatile.Read(ref underWay);

        public int Begun => Volatile.Read(ref begun);

        public async Task See(HttpContext context, string app, RequestDelegate following)
        {
            Interlocked.Increment(ref underWay);
            Interlocked.Increment(ref begun);
            if (app != Apps.Gateway && context.Request.Path.StartsWithSegments("/api"))
                Reached.Enqueue(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            try
            {
                await following(context);
            }
            finally
            {
                Interlocked.Decrement(ref underWay);
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Warnings.Enqueue($"{formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
