using System.Collections.Concurrent;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MallBots.Mall.Tests.OrderWorkflow;

/// <summary>Stands in for a service that takes part in the workflows: approves every command, unless a test has written another answer for that order.</summary>
public sealed class Participant : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentDictionary<(string OrderId, string Command), ConcurrentQueue<Func<Task<IResult>>>> script = new();

    Participant(string appId, Action<string, string> called)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapPost("/internal/{command}", async (string command, HttpContext context) =>
        {
            var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
            var orderId = body.GetProperty("orderId").GetString()!;
            called(orderId, command);
            context.Response.Headers[Peers.Mark] = appId;
            return script.TryGetValue((orderId, command), out var answers) && answers.TryDequeue(out var answer) ? await answer() : Business(CommandAnswer.Approved);
        });
    }

    public int Port => new Uri(app.Urls.Single()).Port;

    public static async Task<Participant> Start(string appId, Action<string, string> called)
    {
        var participant = new Participant(appId, called);
        await participant.app.StartAsync();
        return participant;
    }

    /// <summary>The next answer to this command about this order; what is not scripted is approved.</summary>
    public void Next(string orderId, string command, Func<Task<IResult>> answer) => script.GetOrAdd((orderId, command), _ => new()).Enqueue(answer);

    public void Refuses(string orderId, string command, string code) =>
        Next(orderId, command, () => Task.FromResult(Business(CommandAnswer.Refused(code, $"{command} is refused."))));

    public void Fails(string orderId, string command, int times)
    {
        for (var time = 0; time < times; time++) Next(orderId, command, () => Task.FromResult(Results.StatusCode(500)));
    }

    /// <summary>Fails until the test says that it is well again.</summary>
    public Action FailsUntilWell(string orderId, string command)
    {
        var well = false;
        Next(orderId, command, Answer);
        return () => Volatile.Write(ref well, true);

        Task<IResult> Answer()
        {
            if (Volatile.Read(ref well)) return Task.FromResult(Business(CommandAnswer.Approved));
            Next(orderId, command, Answer);
            return Task.FromResult(Results.StatusCode(500));
        }
    }

    /// <summary>Begins to answer and never ends, until it is asked the next time.</summary>
    public void StallsInItsAnswer(string orderId, string command) => Next(orderId, command, () => Task.FromResult<IResult>(new HalfAnAnswer()));

    /// <summary>Answers only when the test lets it, and tells the test when it was asked.</summary>
    public (Task Asked, Action LetGo) Holds(string orderId, string command, CommandAnswer? answer = null)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var letGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Next(orderId, command, async () =>
        {
            asked.TrySetResult();
            await letGo.Task;
            return Business(answer ?? CommandAnswer.Approved);
        });
        return (asked.Task, () => letGo.TrySetResult());
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    static IResult Business(CommandAnswer answer) => Results.Json(answer, KitJson.Options);

    sealed class HalfAnAnswer : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json";
            await httpContext.Response.WriteAsync("{\"outcome\":");
            await httpContext.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, httpContext.RequestAborted);
        }
    }
}
