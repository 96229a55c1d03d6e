using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MallBots.CrashHost;

/// <summary>
/// In front of all that a service does with a request: here it is received, and here its answer, or the acknowledgement of a delivery, would go out.
/// </summary>
sealed class Arrivals(string app, CrashPlan plan) : IStartupFilter
{
    /// <summary>A request that changes nothing.</summary>
    public const string Query = "";

    static readonly AsyncLocal<string?> Now = new();

    /// <summary>The operation that the present work was asked for; <see cref="Query"/>; null for the service's own work.</summary>
    public static string? Current => Now.Value;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => builder =>
    {
        var operations = new Lazy<Operations>(() => Operations.Of(app, builder.ApplicationServices));
        builder.Use(async (context, go) =>
        {
            var operation = operations.Value.Find(context.Request);
            Now.Value = operation?.Name ?? Query;
            if (operation is null || await Arrive(operation, context)) await go(context);
        });
        next(builder);
    };

    /// <summary>False when the request is not to be handled at all.</summary>
    async Task<bool> Arrive(Operation operation, HttpContext context)
    {
        context.Request.EnableBuffering();
        var body = await new StreamReader(context.Request.Body, Encoding.UTF8).ReadToEndAsync();
        context.Request.Body.Position = 0;
        if (plan.IsAway(operation.Name, body))
        {
            context.Response.StatusCode = 503;
            return false;
        }

        var (comes, goes) = operation.Topic is null ? ("receive", "answer") : ($"receive {EventType(body)}", $"acknowledge {EventType(body)}");
        plan.Reach(operation.Name, comes);
        context.Response.OnStarting(() =>
        {
            if (context.Response.StatusCode < 500) plan.Reach(operation.Name, goes);
            return Task.CompletedTask;
        });
        return true;
    }

    /// <summary>The event without the prefix and the version that all types have.</summary>
    internal static string EventType(string cloudEvent)
    {
        try
        {
            using var json = JsonDocument.Parse(cloudEvent);
            return json.RootElement.TryGetProperty("type", out var type) && type.GetString()?.Split('.') is [_, _, var name, _] ? name : "something unknown";
        }
        catch (JsonException)
        {
            return "something unreadable";
        }
    }
}
