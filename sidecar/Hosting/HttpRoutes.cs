namespace MallBots.Sidecar.Hosting;

/// <summary>Answers one call of the HTTP API. An <see cref="ApiException"/> becomes Dapr's error document.</summary>
internal delegate Task ApiHandler(ApiCall call);

/// <summary>
/// The routes of the Dapr HTTP API. Written by hand because the API is not an ASP.NET one: a wrong method is 404 and never 405 (fact I1), and
/// every path that is no route of the API may still be an invocation by header.
/// </summary>
internal sealed class HttpRoutes
{
    // By method and the two first segments, which are literal in every route: a handful of candidates each.
    readonly Dictionary<(string Method, string Version, string Area), List<Route>> routes = [];

    /// <summary>Adds a route such as `/v1.0/state/{store}/{key}`; a last `{name*}` takes the rest of the path, slashes included.</summary>
    public void Map(string method, string pattern, ApiHandler handler)
    {
        var segments = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var key = (method, segments[0], segments[1]);
        if (!routes.TryGetValue(key, out var candidates)) routes[key] = candidates = [];
        candidates.Add(new Route(segments, handler));
    }

    /// <summary>Finds the route of a path (not decoded), and the decoded values of its parameters.</summary>
    public ApiHandler? Find(string method, string path, out IReadOnlyDictionary<string, string> values)
    {
        values = NoValues;
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length < 2 || !routes.TryGetValue((method, segments[0], segments[1]), out var candidates)) return null;

        foreach (var candidate in candidates)
        {
            if (candidate.Match(segments) is not { } found) continue;
            values = found;
            return candidate.Handler;
        }

        return null;
    }

    static readonly Dictionary<string, string> NoValues = [];

    sealed record Route(string[] Pattern, ApiHandler Handler)
    {
        public Dictionary<string, string>? Match(string[] segments)
        {
            var takesRest = Pattern[^1].EndsWith("*}", StringComparison.Ordinal);
            if (takesRest ? segments.Length < Pattern.Length : segments.Length != Pattern.Length) return null;

            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var index = 0; index < Pattern.Length; index++)
            {
                var part = Pattern[index];
                if (part[0] != '{')
                {
                    if (part != segments[index]) return null;
                }
                else if (takesRest && index == Pattern.Length - 1)
                {
                    values[part[1..^2]] = Uri.UnescapeDataString(string.Join('/', segments[index..]));
                }
                else
                {
                    values[part[1..^1]] = Uri.UnescapeDataString(segments[index]);
                }
            }

            return values;
        }
    }
}
