using MallBots.ServiceKit.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.ServiceKit.Messaging;

/// <summary>
/// One route and one subscription per topic. The kit reads the envelope itself: <c>UseCloudEvents</c> would drop id, type and extensions. 200 with an empty
/// body acknowledges, 500 asks for another try (fact P2).
/// </summary>
static class EventRoutes
{
    public static void Map(IEndpointRouteBuilder endpoints, Subscriptions subscriptions)
    {
        foreach (var subscription in subscriptions.All)
        {
            var topic = subscription.Topic;
            endpoints.MapPost($"/events/{topic.Name}", async (HttpContext context) =>
            {
                var deliveries = context.RequestServices.GetRequiredService<Deliveries>();
                // A delivery that has begun is handled to its end, also when the sidecar does not wait for it any longer.
                var done = await deliveries.Deliver(topic, RequestBounds.BodyOf(context.Request), CancellationToken.None);
                context.Features.Get<Microsoft.AspNetCore.Diagnostics.IStatusCodePagesFeature>()?.Enabled = false;
                context.Response.StatusCode = done ? 200 : 500;
            }).WithTopic(DaprBroker.Component, topic.Name).RequireAuthorization("Dapr").ExcludeFromDescription();
        }
    }
}
