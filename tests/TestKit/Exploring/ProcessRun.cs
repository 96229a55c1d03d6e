using System.Globalization;
using System.Text;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.TestKit.Exploring;

/// <summary>
/// One run of a process: its real code, all of it on the thread of whoever answers its calls, which it makes and then waits. Nothing happens in it
/// between two answers, and no time passes: the same answers lead to the same calls.
/// </summary>
sealed class ProcessRun : SynchronizationContext, IStateStore, IBroker
{
    const string Unavailable = "unavailable";
    readonly Names names;
    readonly Texts keys;
    readonly Texts texts;
    readonly Queue<(SendOrPostCallback Run, object? State)> posted = new();
    readonly SortedDictionary<int, (Call Call, Action<Answer> Hear)> waiting = [];
    readonly Dictionary<Call, int> made = [];
    readonly Task<string> program;
    int thread;
    int calls;
    volatile bool strayed;

    public ProcessRun(ExploredProcess process, Texts keys, Texts texts)
    {
        (names, this.keys, this.texts) = (new Names(process.Name), keys, texts);
        Task<string>? begun = null;
        Go(() => begun = process.Program(new World(this, this, new FrozenTime(this))));
        program = begun!;
    }

    /// <summary>The calls that wait for an answer, in the order in which they were made.</summary>
    public Call[] Waiting => [.. waiting.Values.Select(call => call.Call)];

    /// <summary>What came of the program, or that something was unavailable; null while it is not at its end.</summary>
    public string? Result => program is { IsFaulted: true, Exception.InnerException: UnavailableException } ? Unavailable : program.IsCompleted ? program.GetAwaiter().GetResult() : null;

    /// <summary>Answers a call; returns when nothing in the process can go on without another answer.</summary>
    public void Hear(int number, Answer answer)
    {
        waiting.Remove(number, out var call);
        Go(() => call.Hear(answer));
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != thread) strayed = true;
        else posted.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    async Task<StoredValue?> IStateStore.Get(string key, CancellationToken cancel)
    {
        var answer = await Ask(CallKind.Get, key);
        if (answer == Answer.Failed) throw new UnavailableException("The store did not answer.");
        return answer.ETag == 0 ? null : new StoredValue(Encoding.UTF8.GetBytes(names.Inward(texts[answer.Value])), answer.ETag.ToString(CultureInfo.InvariantCulture));
    }

    async Task<IReadOnlyDictionary<string, StoredValue>> IStateStore.GetMany(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        // One after another: a bulk read is no single moment either.
        var found = new Dictionary<string, StoredValue>();
        foreach (var key in keys)
            if (await ((IStateStore)this).Get(key, cancel) is { } value) found[key] = value;
        return found;
    }

    async Task<bool> IStateStore.Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel) =>
        await Ask(CallKind.Save, key, Encoding.UTF8.GetString(value.Span), etag) == Answer.Yes;

    async Task<bool> IStateStore.Delete(string key, string etag, CancellationToken cancel) => await Ask(CallKind.Delete, key, null, etag) == Answer.Yes;

    async Task IBroker.Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel)
    {
        if (await Ask(CallKind.Publish, topic, Encoding.UTF8.GetString(cloudEvent.Span)) != Answer.Yes) throw new UnavailableException("The broker did not answer.");
    }

    Task<Answer> Ask(CallKind kind, string key, string? value = null, string? etag = null)
    {
        var answered = new TaskCompletionSource<Answer>();
        Park(kind, key, value, etag, answered.SetResult);
        return answered.Task;
    }

    int Park(CallKind kind, string key, string? value, string? etag, Action<Answer> hear)
    {
        if (Current != this) throw new InvalidOperationException($"{kind} {key} was called outside the one thread of its process.");
        var call = new Call(
            0, kind, keys.Of(names.Outward(key)), value is null ? -1 : texts.Of(names.Outward(value)), etag is null ? 0 : int.Parse(etag, CultureInfo.InvariantCulture), 0);
        var before = made.GetValueOrDefault(call);
        made[call] = before + 1;
        call = call with { Number = calls++, Before = before };
        waiting.Add(call.Number, (call, hear));
        return call.Number;
    }

    void Go(Action first)
    {
        var before = Current;
        thread = Environment.CurrentManagedThreadId;
        SetSynchronizationContext(this);
        try
        {
            first();
            while (posted.TryDequeue(out var next)) next.Run(next.State);
        }
        finally
        {
            SetSynchronizationContext(before);
        }

        if (strayed) throw new InvalidOperationException("The process went on outside its one thread; then a run can't be repeated.");
    }

    /// <summary>
    /// It is always the same moment. A delay that somebody waits for is over at once, since whatever follows it can be as late as it likes; a timer that
    /// is set later, to do something in the background, is a call of its own.
    /// </summary>
    sealed class FrozenTime(ProcessRun run) : TimeProvider
    {
        static readonly DateTimeOffset Now = Spec.Start;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan) run.Post(_ => callback(state), null);
            return new Step(run, () => callback(state));
        }

        sealed class Step(ProcessRun run, Action comes) : ITimer
        {
            int? set;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                if (dueTime == Timeout.InfiniteTimeSpan) Dispose();
                else set ??= run.Park(CallKind.Timer, "timer", null, null, _ => { set = null; comes(); });
                return true;
            }

            public void Dispose()
            {
                if (set is { } number) run.waiting.Remove(number);
                set = null;
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
