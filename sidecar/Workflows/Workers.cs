using System.Threading.Channels;
using Dapr.DurableTask.Protobuf;

namespace MallBots.Sidecar.Workflows;

/// <summary>A turn or an activity that a worker has, or will have as soon as one is there.</summary>
internal sealed class Job(string instanceId, WorkItem item)
{
    public string InstanceId { get; } = instanceId;

    public WorkItem Item { get; } = item;

    /// <summary>What the worker's answer must carry; an answer with another one is out of date.</summary>
    public string Token => Item.CompletionToken;

    public Worker? Worker { get; set; }

    /// <summary>Nobody waits for its answer any more.</summary>
    public bool IsForgotten { get; set; }
}

/// <summary>One connected worker: the stream that its work items go to.</summary>
internal sealed class Worker
{
    readonly Channel<WorkItem> items = Channel.CreateUnbounded<WorkItem>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>What it has been given and has not answered.</summary>
    public HashSet<Job> Jobs { get; } = [];

    /// <summary>What is sent to it, in order.</summary>
    public ChannelReader<WorkItem> Items => items.Reader;

    public void Send(Job job)
    {
        job.Worker = this;
        Jobs.Add(job);
        items.Writer.TryWrite(job.Item);
    }

    /// <summary>Ends its stream.</summary>
    public void Close() => items.Writer.TryComplete();
}

/// <summary>The connected workers of an app, and the jobs that wait for one. Guarded by the engine's lock.</summary>
internal sealed class Workers
{
    readonly List<Worker> connected = [];
    readonly Queue<Job> waiting = new();
    TaskCompletionSource anyConnected = NewSignal();

    public int Count => connected.Count;

    /// <summary>Completes when a worker is connected.</summary>
    public Task AnyConnected => anyConnected.Task;

    public Worker Connect()
    {
        var worker = new Worker();
        connected.Add(worker);
        while (waiting.TryDequeue(out var job))
        {
            if (!job.IsForgotten) worker.Send(job);
        }

        anyConnected.TrySetResult();
        return worker;
    }

    /// <summary>The worker is gone; answers what it had, to be given out again.</summary>
    public IReadOnlyList<Job> Disconnect(Worker worker)
    {
        worker.Close();
        connected.Remove(worker);
        if (connected.Count == 0) anyConnected = NewSignal();
        return [.. worker.Jobs];
    }

    /// <summary>Gives a job to the worker that has the fewest.</summary>
    public void Give(Job job)
    {
        if (connected.MinBy(worker => worker.Jobs.Count) is { } idlest) idlest.Send(job);
        else waiting.Enqueue(job);
    }

    /// <summary>The job is answered, or its answer no longer wanted.</summary>
    public static void Forget(Job job)
    {
        job.IsForgotten = true;
        job.Worker?.Jobs.Remove(job);
    }

    public void CloseAll()
    {
        foreach (var worker in connected) worker.Close();
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
