namespace MallBots.Sidecar.Workflows;

/// <summary>An instance that has not ended, and what is under way for it. Guarded by the engine's lock.</summary>
internal sealed class ActiveInstance(Instance instance)
{
    public Instance Instance { get; } = instance;

    /// <summary>The turn that a worker has.</summary>
    public Job? Turn { get; set; }

    /// <summary>The activities that workers have, by task id.</summary>
    public Dictionary<int, Job> Activities { get; } = [];

    /// <summary>Its timers, by timer id.</summary>
    public Dictionary<int, Timers.Entry> Timers { get; } = [];

    /// <summary>Its last turn is being stored; the next waits for it, and so does whoever asks for its state.</summary>
    public Task? Storing { get; set; }

    /// <summary>The storage failed; it will be replaced by what is stored.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Each of its turns fails, because a trap wants it (fact W9).</summary>
    public bool IsLooping { get; set; }

    /// <summary>The time that the caller has scheduled its start for.</summary>
    public DateTimeOffset NotBefore { get; set; }
}
