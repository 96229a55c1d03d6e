using System.Net;
using MallBots.ServiceKit.Hosting;
using Microsoft.AspNetCore.HttpOverrides;

namespace MallBots.Gateway;

/// <summary>
/// Whose X-Forwarded-For, -Proto, -Host and -Prefix are believed: <c>Gateway:TrustedProxies</c>, addresses and networks (CIDR) with commas between; loopback
/// when it is not set, nobody when it is empty. From others they are ignored, and not passed on.
/// </summary>
static class TrustedProxies
{
    const string Setting = "Gateway:TrustedProxies";

    /// <exception cref="InvalidOperationException">The setting has something that is neither an address nor a network.</exception>
    public static void Use(ServiceBuilder service)
    {
        var headers = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All };
        if (service.Configuration[Setting] is { } list)
        {
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var entry in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) Add(headers, entry);
            // Knowing no proxy at all, the middleware believes everybody.
            if (headers.KnownProxies.Count + headers.KnownIPNetworks.Count == 0) return;
        }

        service.Services.AddSingleton<IStartupFilter>(new BeforeAnything(headers));
    }

    static void Add(ForwardedHeadersOptions headers, string entry)
    {
        // Addresses also have short forms, such as 10 for 0.0.0.10, that nobody means here.
        var isWhole = entry.Contains(':') || entry.Count(character => character == '.') == 3;
        if (isWhole && IPAddress.TryParse(entry, out var address)) headers.KnownProxies.Add(address);
        else if (isWhole && System.Net.IPNetwork.TryParse(entry, out var network)) headers.KnownIPNetworks.Add(network);
        else
            throw new InvalidOperationException(
                $"{Setting} has {entry}, which is neither an address, such as 10.0.0.7, nor a network from its first address on, such as 10.0.0.0/8.");
    }

    sealed class BeforeAnything(ForwardedHeadersOptions headers) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            // A prefix that can be none ends a request with a defect otherwise.
            app.Use((context, following) =>
            {
                if (context.Request.Headers.TryGetValue("X-Forwarded-Prefix", out var prefixes) && prefixes.Any(prefix => prefix is not ['/', ..]))
                    context.Request.Headers.Remove("X-Forwarded-Prefix");
                return following(context);
            });
            app.UseForwardedHeaders(headers);
            next(app);
        };
    }
}
