using System.Collections.Concurrent;
using System.Text.Json;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MallBots.Mall.Tests;

/// <summary>Stands before the services of a mall: an internal command about an order is held or refused service as long as a test wants. The services are the real ones.</summary>
sealed class Gates : IStartupFilter
{
    readonly ConcurrentDictionary<(string Command, string OrderId), Gate> gates = new();

    /// <summary>Holds this command about this order until the gate is opened.</summary>
    public Gate Hold(string command, string orderId) => Close(command, orderId, holds: true);

    /// <summary>Answers this command about this order 500 until the gate is opened.</summary>
    public Gate Fail(string command, string orderId) => Close(command, orderId, holds: false);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(Pass);
        next(app);
    };

    Gate Close(string command, string orderId, bool holds) => gates[(command, orderId)] = new Gate(holds, open: () => gates.TryRemove((command, orderId), out _));

    async Task Pass(HttpContext context, RequestDelegate next)
    {
        if (await GateOf(context.Request) is { } gate && !await gate.LetsPass(context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        await next(context);
    }

    async Task<Gate?> GateOf(HttpRequest request)
    {
        if (gates.IsEmpty || !HttpMethods.IsPost(request.Method) || !request.Path.StartsWithSegments("/internal", out var command)) return null;
        request.EnableBuffering();
        using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return body.RootElement.TryGetProperty("orderId", out var orderId) ? gates.GetValueOrDefault((command.Value!.TrimStart('/'), orderId.GetString()!)) : null;
    }
}

/// <summary>A command that does not come through.</summary>
/// <param name="holds">Whether it waits here, or is answered with a fault.</param>
/// <param name="open">Lets all pass that comes later.</param>
sealed class Gate(bool holds, Action open)
{
    readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Returns when the command has come to the gate.</summary>
    public Task Reached() => reached.Task.Within(what: "the command comes");

    /// <summary>From now on all is as usual.</summary>
    public void Open()
    {
        open();
        opened.TrySetResult();
    }

    /// <summary>Whether the command may go on to its service.</summary>
    public async Task<bool> LetsPass(CancellationToken cancel)
    {
        reached.TrySetResult();
        if (holds) await opened.Task.WaitAsync(cancel); // The caller may give up; what it sends then waits here again.
        return holds;
    }
}
