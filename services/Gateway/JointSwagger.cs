namespace MallBots.Gateway;

/// <summary>The services' OpenAPI documents under the gateway's own address, so that one Swagger UI shows and calls them all.</summary>
static class JointSwagger
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var app in Destinations.Apps)
            routes.MapGet($"/openapi/{app}.json", (HttpContext context, Sidecar sidecar) => sidecar.Forward(context, app, "/openapi/v1.json")).ExcludeFromDescription();
    }
}
