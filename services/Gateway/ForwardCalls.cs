namespace MallBots.Gateway;

/// <summary>Passes /api/** on to the services.</summary>
static class ForwardCalls
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (resource, app) in Destinations.ByResource)
        {
            routes.Map($"/api/{resource}/{{**rest}}", (HttpContext context, Sidecar sidecar) => sidecar.Forward(context, app, context.Request.Path.Value!))
                .ExcludeFromDescription();
        }
    }
}
