namespace MallBots.Gateway;

/// <summary>Passes /api/** on to the services.</summary>
static class ForwardCalls
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (resource, app) in Destinations.ByResource)
            routes.Map($"/api/{resource}/{{**rest}}", (HttpContext context, Sidecar sidecar) => Forward(context, sidecar, app)).ExcludeFromDescription();
    }

    static Task Forward(HttpContext context, Sidecar sidecar, string app)
    {
        // Fact I1: daprd changes or refuses paths with escapes. No path of the API has any, so such a one names nothing.
        var path = context.Request.Path.ToUriComponent();
        if (!path.Contains('%') && !path.Contains("//", StringComparison.Ordinal)) return sidecar.Forward(context, app, path);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
