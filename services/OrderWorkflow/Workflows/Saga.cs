using Dapr.Workflow;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>
/// Carries out the steps of a workflow: each until there is a business answer, faults retried without end by durable timers, with a call for an
/// operator's attention while it goes on (specification 4). It is workflow code: all it knows comes from its context and input, so that a replay
/// takes the same way.
/// </summary>
/// <typeparam name="TFacts">What the workflow knows of its order.</typeparam>
sealed class Saga<TFacts>
{
    readonly WorkflowContext context;
    readonly RunInput<TFacts> input;
    readonly Patience patience;
    readonly Progress progress;
    readonly CancellationTokenSource listening = new();
    readonly Task cancelHint;
    int failedAttempts;

    Saga(WorkflowContext context, RunInput<TFacts> input)
    {
        (this.context, this.input, patience) = (context, input, input.Patience);
        progress = input.Progress ?? new Progress { Name = context.Name };
        cancelHint = context.WaitForExternalEventAsync<string?>(WorkflowEvents.CancelHint, listening.Token);
        context.SetCustomStatus(progress); // Written out at the end of each turn, as it is then.
    }

    /// <summary>Runs a workflow to its end and keeps the outcome in the process document.</summary>
    /// <param name="context">The instance.</param>
    /// <param name="input">Its input.</param>
    /// <param name="table">Goes through the steps; its result is the outcome.</param>
    public static async Task<string> Run(WorkflowContext context, RunInput<TFacts> input, Func<Saga<TFacts>, Task<string>> table)
    {
        var saga = new Saga<TFacts>(context, input);
        try
        {
            var outcome = await table(saga);
            await saga.End(outcome);
            return outcome;
        }
        catch (ContinuedAsNew)
        {
            return ""; // The next stretch goes on with the progress; nobody sees this.
        }
    }

    /// <summary>A step: sends its command until there is a business answer.</summary>
    public Task<CommandAnswer> Do(Step<TFacts> step) => Do(step, stops: false);

    /// <summary>A step that the customer's wish to cancel stops, before it and between its attempts: refused then as approve-order would refuse.</summary>
    public Task<CommandAnswer> DoUnlessCanceled(Step<TFacts> step) => Do(step, stops: true);

    /// <summary>Takes steps back, whatever was reached: an earlier try or run may have sent more than this one knows, and may still arrive.</summary>
    public async Task Undo(params IEnumerable<Step<TFacts>> steps)
    {
        progress.Undoing = true;
        foreach (var step in steps) await Do(step, stops: false);
    }

    /// <summary>Says why the workflow takes another way than the usual.</summary>
    public void Because(CommandAnswer refusal) => progress.Reason = $"{refusal.Code}: {refusal.Text}";

    async Task<CommandAnswer> Do(Step<TFacts> step, bool stops)
    {
        if (progress.Answered(step.Name) is { } before) return before.Answer; // In an earlier stretch of this instance.
        if (stops && CancelAsked()) return Refusals.StoppedByCustomer;
        var current = Begin(step);
        Task<OperatorDecision>? decision = null;
        while (true)
        {
            if (failedAttempts >= patience.AttemptsPerStretch) ContinueAsNew();
            var sent = await context.CallActivityAsync<Sent>(
                nameof(SendCommand), new CommandToSend(step.Name, step.Command(input.Facts, new Sender(context.InstanceId, step.Name))));
            current.Attempts++;
            // No undo is ever refused (docs/models/saga.py). One that is has met a defect, and waits like a fault until that is mended.
            if (sent.Answer is { } answer && !(progress.Undoing && answer.Outcome == AnswerOutcome.Refused)) return await Answered(current, answer);

            failedAttempts++;
            current.Fault = sent.Fault ?? $"The undo was refused: {sent.Answer!.Code}, {sent.Answer.Text}";
            current.FailingSince ??= context.CurrentUtcDateTime;
            if (!progress.NeedsAttention && context.CurrentUtcDateTime - current.FailingSince >= patience.AttentionAfter) await CallForAttention(current);
            if (progress.NeedsAttention)
                decision ??= context.WaitForExternalEventAsync<OperatorDecision>(WorkflowEvents.Operator(step.Name, progress.Attention), listening.Token);

            await Pause(patience.DelayAfter(current.Attempts), decision, stops);
            if (stops && CancelAsked()) return await Answered(current, Refusals.StoppedByCustomer);
            if (decision is not { IsCompletedSuccessfully: true }) continue;
            if ((await decision).GiveUp && progress.Undoing) return await GivenUp(current, (await decision).Text);
            decision = null; // To be tried again at once; the call for attention stands until that succeeds.
        }
    }

    bool CancelAsked() => progress.CancelAsked |= cancelHint.IsCompletedSuccessfully;

    StepProgress Begin(Step<TFacts> step)
    {
        progress.Step = step.Name;
        if (progress.Steps.Find(begun => begun.Name == step.Name) is { } begun) return begun;
        var current = new StepProgress { Name = step.Name, StartedAt = context.CurrentUtcDateTime };
        progress.Steps.Add(current);
        return current;
    }

    Task<CommandAnswer> Answered(StepProgress current, CommandAnswer answer) =>
        Ended(current, ApiText.Word(answer.Outcome), answer.Code, answer.Text);

    Task<CommandAnswer> GivenUp(StepProgress current, string text) => Ended(current, StepProgress.GivenUp, null, text);

    async Task<CommandAnswer> Ended(StepProgress current, string outcome, string? code, string? text)
    {
        (current.Outcome, current.Code, current.Text) = (outcome, code, text);
        (current.EndedAt, current.Fault, current.FailingSince) = (context.CurrentUtcDateTime, null, null);
        if (progress.NeedsAttention)
        {
            progress.NeedsAttention = false;
            await Keep(nameof(KeepAttention), new Attention(input.OrderId, context.InstanceId, current.Name, null, progress.Undoing, null));
        }

        return current.Answer;
    }

    async Task CallForAttention(StepProgress current)
    {
        progress.NeedsAttention = true;
        progress.Attention++;
        await Keep(nameof(KeepAttention), new Attention(input.OrderId, context.InstanceId, current.Name, progress.Attention, progress.Undoing, current.Fault));
    }

    async Task End(string outcome)
    {
        progress.Step = null;
        await Keep(nameof(KeepOutcome), new RunEnd(input.OrderId, context.InstanceId, outcome, progress));
    }

    async Task Pause(TimeSpan delay, Task? decision, bool stops)
    {
        using var timer = new CancellationTokenSource();
        List<Task> waits = [context.CreateTimer(delay, timer.Token)];
        if (decision is not null) waits.Add(decision);
        if (stops) waits.Add(cancelHint);
        await Task.WhenAny(waits);
        Stop(timer);
    }

    /// <summary>Writes to the process document, however long that takes.</summary>
    async Task Keep(string activity, object what)
    {
        for (var attempt = 1; ; attempt++)
        {
            var fault = await context.CallActivityAsync<string?>(activity, what);
            progress.Writes++;
            if (fault is null) return;
            await context.CreateTimer(patience.DelayAfter(attempt));
        }
    }

    /// <summary>Keeps the history short. Whoever still listens is let go first: then the runtime hands events that come now to the next stretch.</summary>
    void ContinueAsNew()
    {
        CancelAsked();
        Stop(listening);
        context.ContinueAsNew(input with { Progress = progress }, preserveUnprocessedEvents: true);
        throw new ContinuedAsNew();
    }

    /// <summary>At once and on this thread: CancelAsync would leave the thread that replays, and with it the order of the history.</summary>
    static void Stop(CancellationTokenSource source) => source.Cancel();

    /// <summary>Leaves the table when the instance has continued as new.</summary>
    sealed class ContinuedAsNew : Exception;
}
