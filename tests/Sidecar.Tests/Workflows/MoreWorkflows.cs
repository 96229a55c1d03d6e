using Dapr.Workflow;

namespace MallBots.Sidecar.Tests.Workflows;

// Workflows for what the transcripts do not have.

/// <summary>Waits for a number of events of one name, one after the other.</summary>
public sealed class Collecting : Workflow<int, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, int input)
    {
        var collected = new List<string>();
        for (var count = 0; count < input; count++) collected.Add(await context.WaitForExternalEventAsync<string>("item"));
        return string.Join(",", collected);
    }
}

/// <summary>Begins anew with each event, and keeps what it has heard in its input.</summary>
public sealed class Relay : Workflow<string, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, string input)
    {
        context.SetCustomStatus(input);
        var heard = input + await context.WaitForExternalEventAsync<string>("item");
        if (heard.Length < 5) context.ContinueAsNew(heard);
        return heard;
    }
}

/// <summary>Starts a child that never ends by itself.</summary>
public sealed class LongParent : Workflow<string, string>
{
    public override Task<string> RunAsync(WorkflowContext context, string input) =>
        context.CallChildWorkflowAsync<string>(nameof(Sleeping), input, new ChildWorkflowTaskOptions(input));
}

public sealed class Sleeping : Workflow<string, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, string input)
    {
        await context.CreateTimer(TimeSpan.FromDays(400));
        return input;
    }
}

/// <summary>Calls an activity that nobody has registered.</summary>
public sealed class Lost : Workflow<string, string>
{
    public override Task<string> RunAsync(WorkflowContext context, string input) => context.CallActivityAsync<string>("Missing", input);
}

/// <summary>Sends an event to another instance, which the runtime does not do (fact W6).</summary>
public sealed class Sending : Workflow<string, string>
{
    public override Task<string> RunAsync(WorkflowContext context, string input)
    {
        context.SendEvent(input, "go", 1);
        return context.WaitForExternalEventAsync<string>("never");
    }
}

/// <summary>A timer of the given milliseconds between two activities.</summary>
public sealed class Pausing : Workflow<int, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, int input)
    {
        await context.CallActivityAsync<string>(nameof(Greet), context.InstanceId + "-before");
        await context.CreateTimer(TimeSpan.FromMilliseconds(input));
        return await context.CallActivityAsync<string>(nameof(Greet), context.InstanceId + "-after");
    }
}

/// <summary>Five activities one after the other that do nothing.</summary>
public sealed class Five : Workflow<string, string>
{
    public override async Task<string> RunAsync(WorkflowContext context, string input)
    {
        for (var step = 0; step < 5; step++) await context.CallActivityAsync<string>(nameof(Nothing), input);
        return "done";
    }
}
