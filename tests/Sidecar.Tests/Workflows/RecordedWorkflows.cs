using System.Collections.Concurrent;
using System.Text.Json;
using Dapr.Workflow;

namespace MallBots.Sidecar.Tests.Workflows;

// The workflows and activities that the transcripts in Recordings/workflow.json were made with, as far as the messages tell.

public sealed record Person(string Name);

// It succeeds at the attempt of that number.
public sealed record Flakiness(string Id, int Failures);

/// <summary>Lets a test hold an activity until something else has happened.</summary>
public sealed class Gates
{
    readonly ConcurrentDictionary<string, TaskCompletionSource> closed = new();

    public void Close(string input) => closed[input] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open(string input) => closed[input].SetResult();

    public Task Pass(string input) => closed.TryGetValue(input, out var gate) ? gate.Task : Task.CompletedTask;
}

/// <summary>How often something has run, by its key.</summary>
public sealed class Runs
{
    readonly ConcurrentDictionary<string, int> counts = new();

    public int Count(string key) => counts.GetValueOrDefault(key);

    public int Add(string key) => counts.AddOrUpdate(key, 1, (_, count) => count + 1);
}

public sealed class Greet(Gates gates, Runs runs) : WorkflowActivity<string, string>
{
    public override async Task<string> RunAsync(WorkflowActivityContext context, string input)
    {
        runs.Add(input);
        await gates.Pass(input);
        return "hello " + input;
    }
}

public sealed class Boom : WorkflowActivity<string, string>
{
    public override Task<string> RunAsync(WorkflowActivityContext context, string input) => throw new ArgumentException("boom " + input);
}

public sealed class Flaky(Runs runs) : WorkflowActivity<Flakiness, string>
{
    public override Task<string> RunAsync(WorkflowActivityContext context, Flakiness input) =>
        runs.Add(input.Id) < input.Failures ? throw new InvalidOperationException("flaky") : Task.FromResult("ok");
}

public sealed class Nothing : WorkflowActivity<string, string?>
{
    public override Task<string?> RunAsync(WorkflowActivityContext context, string input) => Task.FromResult<string?>(null);
}

public sealed class Chain : Workflow<Person, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, Person input)
    {
        var first = await context.CallActivityAsync<string>(nameof(Greet), input.Name);
        return await context.CallActivityAsync<string>(nameof(Greet), first + context.NewGuid() + context.CurrentUtcDateTime.Year);
    }
}

public sealed class Retrying : Workflow<int, string>
{
    static readonly WorkflowTaskOptions FourAttempts =
        new(new WorkflowRetryPolicy(maxNumberOfAttempts: 4, firstRetryInterval: TimeSpan.FromMilliseconds(100), backoffCoefficient: 2));

    public override Task<string> RunAsync(WorkflowContext context, int input) =>
        context.CallActivityAsync<string>(nameof(Flaky), new Flakiness(context.InstanceId, input), FourAttempts);
}

public sealed class Waiting : Workflow<string, string>
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public override async Task<string> RunAsync(WorkflowContext context, string input)
    {
        context.SetCustomStatus(new { waiting = true });
        try
        {
            var go = await context.WaitForExternalEventAsync<JsonElement>("go", Patience);
            context.SetCustomStatus("got");
            return go.GetRawText();
        }
        catch (TaskCanceledException)
        {
            return "timeout";
        }
    }
}

public sealed class Racing : Workflow<int, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, int input)
    {
        await context.CallActivityAsync<string>(nameof(Greet), "r");
        var timer = context.CreateTimer(TimeSpan.FromSeconds(input));
        var cancel = context.WaitForExternalEventAsync<string>("cancel");
        return await Task.WhenAny(timer, cancel) == cancel ? "cancelled " + await cancel : "timer";
    }
}

public sealed class Parent : Workflow<string, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, string input) =>
        "parent of " + await context.CallChildWorkflowAsync<string>(nameof(Child), input, new ChildWorkflowTaskOptions(context.InstanceId.Replace("parent", "child", StringComparison.Ordinal)));
}

public sealed class Child : Workflow<string, string>
{
    public override Task<string> RunAsync(WorkflowContext context, string input) => context.CallActivityAsync<string>(nameof(Greet), input);
}

public sealed class FanOut : Workflow<int, int>
{
    public override async Task<int> RunAsync(WorkflowContext context, int input)
    {
        var greetings = await Task.WhenAll(Enumerable.Range(0, input).Select(index => context.CallActivityAsync<string>(nameof(Greet), $"f{index}")));
        return greetings.Length;
    }
}

public sealed class Failing : Workflow<string, string>
{
    public override Task<string> RunAsync(WorkflowContext context, string input) => throw new InvalidOperationException("workflow broke");
}

public sealed class Compensating : Workflow<string, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, string input)
    {
        await context.CallActivityAsync<string>(nameof(Greet), "do");
        try
        {
            await context.CallActivityAsync<string>(nameof(Boom), "b");
            return "done";
        }
        catch (WorkflowTaskFailedException failed)
        {
            await context.CallActivityAsync<string>(nameof(Greet), "undo");
            return $"undone {failed.FailureDetails.ErrorType} {failed.FailureDetails.ErrorMessage}";
        }
    }
}

public sealed class Looping : Workflow<int, int>
{
    public override async Task<int> RunAsync(WorkflowContext context, int input)
    {
        await context.CallActivityAsync<string>(nameof(Greet), $"l{input}");
        if (input < 2) context.ContinueAsNew(input + 1);
        return input;
    }
}
