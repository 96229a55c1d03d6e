namespace MallBots.ServiceKit;

/// <summary>
/// Group commit: what comes in while a write is under way goes into the next one, so that one small save serves many callers. There is no waiting
/// for more: an idle batcher writes at once.
/// </summary>
/// <typeparam name="TItem">What is written.</typeparam>
/// <param name="write">Writes a batch; its exception goes to every caller of the batch.</param>
public sealed class Batcher<TItem>(Func<IReadOnlyList<TItem>, Task> write)
{
    readonly Lock gate = new();
    List<TItem> waiting = [];
    TaskCompletionSource next = New();
    bool writing;

    /// <summary>Completes when the batch that this item went into is written.</summary>
    public async Task Add(TItem item)
    {
        Task done;
        lock (gate)
        {
            waiting.Add(item);
            done = next.Task;
            if (!writing)
            {
                writing = true;
                _ = WriteAll();
            }
        }

        await done;
    }

    async Task WriteAll()
    {
        await Task.Yield(); // Nothing is written inside the lock, nor on its caller's time.
        while (true)
        {
            List<TItem> batch;
            TaskCompletionSource done;
            lock (gate)
            {
                if (waiting.Count == 0)
                {
                    writing = false;
                    return;
                }

                (batch, waiting) = (waiting, []);
                (done, next) = (next, New());
            }

            try
            {
                await write(batch);
                done.SetResult();
            }
            catch (Exception fault)
            {
                done.SetException(fault);
                _ = done.Task.Exception; // Observed: not every caller waits.
            }
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
