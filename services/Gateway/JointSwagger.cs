using System.Text.Json.Nodes;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Http.Extensions;

namespace MallBots.Gateway;

/// <summary>The services' OpenAPI documents under the gateway's own address, so that one Swagger UI shows and calls them all.</summary>
static class JointSwagger
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var app in Destinations.Apps)
        {
            routes.MapGet($"/openapi/{app}.json", (HttpContext context, Peers peers, CancellationToken cancel) => Document(context.Request, app, peers, cancel))
                .ExcludeFromDescription();
        }
    }

    /// <summary>The service's document, whose calls go to the gateway: by the address that its reader sees, that of a proxy in front too.</summary>
    static async Task<IResult> Document(HttpRequest request, string app, Peers peers, CancellationToken cancel)
    {
        var (status, document) = await peers.Get(app, "openapi/v1.json", cancel);
        if (status != StatusCodes.Status200OK || JsonObject.Create(document) is not { } joint)
            throw new UnavailableException($"{app} answered {status} for its OpenAPI document.");
        joint["servers"] = new JsonArray(new JsonObject { ["url"] = UriHelper.BuildAbsolute(request.Scheme, request.Host, request.PathBase) });
        return Results.Text(joint.ToJsonString(), "application/json");
    }
}
