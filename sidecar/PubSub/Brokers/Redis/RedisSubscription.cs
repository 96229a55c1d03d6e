using System.Threading.Channels;
using StackExchange.Redis;

namespace MallBots.Sidecar.PubSub.Brokers.Redis;

/// <summary>
/// One app's share of the streams: a reader for all its topics, a queue, workers, and a tick that claims what was not acknowledged in time.
/// A message that fails before processingTimeout has passed is acknowledged all the same (fact P3); later it is left, and claimed (fact P13).
/// </summary>
internal sealed class RedisSubscription(
    string group,
    IReadOnlyCollection<string> topics,
    RedisSettings settings,
    IDatabase redis,
    Func<Task<ConnectionMultiplexer>> connectForReading,
    Func<string, BrokerMessage, CancellationToken, Task<bool>> deliver,
    TimeProvider clock,
    ILogger log) : IAsyncDisposable
{
    /// <summary>How long one read waits for messages.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);

    // What is under way when the app leaves may end well.
    static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    readonly CancellationTokenSource stopping = new();
    readonly CancellationTokenSource cancelling = new();
    readonly Channel<(string Topic, StreamEntry Entry)> queue = Channel.CreateBounded<(string, StreamEntry)>(settings.QueueDepth);
    readonly string[] streams = [.. topics];
    ConnectionMultiplexer? reading;
    Task working = Task.CompletedTask;

    public async Task StartAsync()
    {
        foreach (var stream in streams) await CreateGroupAsync(stream);
        reading = await connectForReading();
        working = Task.WhenAll(
        [
            .. Enumerable.Range(0, settings.Concurrency).Select(_ => Task.Run(WorkAsync)),
            Task.Run(ReadAsync),
            settings.Redelivers ? Task.Run(ReclaimAsync) : Task.CompletedTask,
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        cancelling.CancelAfter(Farewell);

        // Ends the read that waits. What it brings after this is not acknowledged, so it is claimed later.
        if (reading is not null)
        {
            await reading.CloseAsync(allowCommandsToComplete: false);
            await reading.DisposeAsync();
        }

        await working;
        stopping.Dispose();
        cancelling.Dispose();
    }

    // A new group begins with the oldest entry of the stream (fact P9).
    async Task CreateGroupAsync(string stream)
    {
        try
        {
            await redis.StreamCreateConsumerGroupAsync(stream, group, StreamPosition.Beginning, createStream: true);
        }
        catch (RedisServerException known) when (known.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // It is there already.
        }
    }

    Task ReadAsync() => UntilStoppedAsync("read", async () =>
    {
        // XREADGROUP GROUP group consumer COUNT n BLOCK ms STREAMS topic … > …
        var arguments = new List<object> { "GROUP", group, group, "COUNT", settings.QueueDepth, "BLOCK", (int)LongestWait.TotalMilliseconds, "STREAMS" };
        arguments.AddRange(streams);
        arguments.AddRange(Enumerable.Repeat(">", streams.Length));
        var answer = await reading!.GetDatabase().ExecuteAsync("XREADGROUP", arguments.ToArray());
        if (answer.IsNull) return;
        foreach (var stream in (RedisResult[])answer!)
        {
            var topic = (string)stream[0]!;
            foreach (var entry in (RedisResult[])stream[1]!) await queue.Writer.WriteAsync((topic, ReadEntry(entry)), stopping.Token);
        }
    });

    static StreamEntry ReadEntry(RedisResult entry)
    {
        var fields = (RedisValue[])entry[1]!;
        return new StreamEntry((RedisValue)entry[0], [.. fields.Chunk(2).Select(pair => new NameValueEntry(pair[0], pair[1]))]);
    }

    Task WorkAsync() => UntilStoppedAsync("deliver", async () =>
    {
        var (topic, entry) = await queue.Reader.ReadAsync(stopping.Token);
        var started = clock.GetTimestamp();
        var done = await deliver(topic, RedisBroker.MessageOf(entry), cancelling.Token);
        if (done || !settings.Redelivers || clock.GetElapsedTime(started) < settings.ProcessingTimeout)
            await redis.StreamAcknowledgeAsync(topic, group, entry.Id);
    });

    async Task ReclaimAsync()
    {
        using var tick = new PeriodicTimer(settings.RedeliverInterval, clock);
        await UntilStoppedAsync("reclaim", async () =>
        {
            foreach (var stream in streams) await ReclaimAsync(stream);
            await tick.WaitForNextTickAsync(stopping.Token);
        });
    }

    async Task ReclaimAsync(string stream)
    {
        while (true)
        {
            // Only the oldest are looked at, as many as the queue holds (fact P13).
            var pending = await redis.StreamPendingMessagesAsync(stream, group, settings.QueueDepth, RedisValue.Null);
            RedisValue[] late =
            [
                .. pending
                    .Where(message => message.IdleTimeInMilliseconds >= settings.ProcessingTimeout.TotalMilliseconds)
                    .Select(message => message.MessageId),
            ];
            if (late.Length == 0) return;

            var claimed = await redis.StreamClaimAsync(stream, group, group, (long)settings.ProcessingTimeout.TotalMilliseconds, late);
            foreach (var entry in claimed.Where(entry => !entry.IsNull)) await queue.Writer.WriteAsync((stream, entry), stopping.Token);

            // Trimmed away before anyone handled it.
            var gone = late.Except(claimed.Select(entry => entry.Id)).ToArray();
            if (gone.Length > 0) await redis.StreamAcknowledgeAsync(stream, group, gone);
        }
    }

    /// <summary>Repeats the step until the end; a fault of Redis costs a pause, and a group that a restarted Redis has forgotten is made again.</summary>
    async Task UntilStoppedAsync(string what, Func<Task> step)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await step();
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                log.LogWarning("Redis: {Group} cannot {What}, tries again: {Reason}", group, what, fault.Message);
                await PauseAndRepairAsync(fault);
            }
        }
    }

    async Task PauseAndRepairAsync(Exception fault)
    {
        try
        {
            await Task.Delay(PauseAfterFault, clock, stopping.Token);
            if (fault is not RedisServerException || !fault.Message.Contains("NOGROUP", StringComparison.Ordinal)) return;
            foreach (var stream in streams) await CreateGroupAsync(stream);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        catch (RedisException)
        {
            // Still away: the next step fails and comes back here.
        }
    }
}
