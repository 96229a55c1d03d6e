using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MallBots.TestKit.Exploring;

/// <summary>Where a process is: what it has heard so far, and what it waits for now.</summary>
sealed class Place
{
    public required int Number { get; init; }

    public required Call[] Waiting { get; init; }

    /// <summary>Number of its result; 1 while there is none.</summary>
    public required int End { get; init; }

    /// <summary>True while it waits for anything but timers.</summary>
    public required bool Waits { get; init; }

    /// <summary>What came of its program; null while it is not at its end.</summary>
    public required string? Result { get; init; }

    /// <summary>What it has heard, in no order but that of its timers: what was heard before and after one differs.</summary>
    public required UInt128 Heard { get; init; }

    /// <summary>How many of its timers have come.</summary>
    public required int Timers { get; init; }

    public Place? From { get; init; }

    public (int Call, Answer Answer) By { get; init; }

    public Dictionary<(int Call, Answer Answer), Place> Next { get; } = [];

    /// <summary>The run that stands here, if one does.</summary>
    public ProcessRun? Run { get; set; }

    /// <summary>Another way to here, to compare with.</summary>
    public Place? Twin { get; set; }
}

/// <summary>
/// What a process does, learnt by running it: a process is a function of the answers that it hears, so each sequence of answers needs to be run once,
/// however many interleavings it is part of. Where it has heard the same answers between the same timers, in whatever order, and waits for the same, is one
/// place; <c>compare</c> checks that it is.
/// </summary>
sealed class Behaviour
{
    const int MostRuns = 500;
    readonly ExploredProcess process;
    readonly Texts keys;
    readonly Texts texts;
    readonly bool compare;
    readonly Dictionary<(UInt128 Heard, UInt128 Waiting, string? Result), Place> places = [];
    readonly Queue<Place> standing = new();

    public Behaviour(ExploredProcess process, Texts keys, Texts texts, bool compare)
    {
        (this.process, this.keys, this.texts, this.compare) = (process, keys, texts, compare);
        Start = Stand(new ProcessRun(process, keys, texts), null, default, 0, 0);
    }

    public string Name => process.Name;

    public Place Start { get; }

    /// <summary>How often its code was run on by a step.</summary>
    public int Steps { get; private set; }

    /// <summary>Where it is after one more answer.</summary>
    public Place After(Place place, int number, Answer answer)
    {
        if (place.Next.TryGetValue((number, answer), out var known)) return known;
        var next = place.Next[(number, answer)] = Hear(place, number, answer);
        if (place.Twin is not { } twin) return next;

        // The other way to the same place goes on in the same way, or it was not the same place.
        var call = Array.Find(place.Waiting, call => call.Number == number);
        var likewise = Hear(twin, Array.Find(twin.Waiting, other => Same(other, call)).Number, answer);
        return likewise == next ? next : throw new InvalidOperationException($"{Name} goes on in different ways though it has heard the same.");
    }

    Place Hear(Place place, int number, Answer answer)
    {
        var call = Array.Find(place.Waiting, call => call.Number == number);
        var timers = place.Timers + (call.Kind == CallKind.Timer ? 1 : 0);
        var heard = place.Heard + Hash(call, answer, timers);
        var run = place.Run ?? Again(place);
        place.Run = null;
        run.Hear(number, answer);
        return Stand(run, place, (number, answer), heard, timers);
    }

    Place Stand(ProcessRun run, Place? from, (int, Answer) by, UInt128 heard, int timers)
    {
        Steps++;
        var (waiting, result) = (run.Waiting, run.Result);
        if (waiting.Length == 0 && result is null) throw new InvalidOperationException("It waits for nothing that the explorer could answer.");
        UInt128 hash = 0;
        foreach (var call in waiting) hash += Hash(call, default, 0);
        // Nothing follows from the end, whatever was heard on the way.
        var key = (waiting.Length == 0 ? 0 : heard, hash, result);
        if (places.TryGetValue(key, out var known) && (!compare || known.Twin is not null || waiting.Length == 0)) return known;
        var place = new Place
        {
            Number = places.Count,
            Waiting = waiting,
            Result = result,
            End = result is null ? 1 : 2 + texts.Of(result),
            Waits = Array.Exists(waiting, call => call.Kind != CallKind.Timer),
            Heard = heard,
            Timers = timers,
            From = from,
            By = by,
            Run = waiting.Length == 0 ? null : run,
        };
        standing.Enqueue(place);
        if (standing.Count > MostRuns) standing.Dequeue().Run = null;
        if (known is null) return places[key] = place;
        known.Twin = place;
        return known;
    }

    ProcessRun Again(Place place)
    {
        var heard = new Stack<Place>();
        for (var at = place; at.From is not null; at = at.From) heard.Push(at);
        var run = new ProcessRun(process, keys, texts);
        foreach (var step in heard) run.Hear(step.By.Call, step.By.Answer);
        return run.Waiting.SequenceEqual(place.Waiting) ? run : throw new InvalidOperationException($"{Name} did something else when it was run again.");
    }

    static bool Same(Call one, Call other) => one with { Number = 0 } == other with { Number = 0 };

    static UInt128 Hash(Call call, Answer answer, int timers)
    {
        ReadOnlySpan<int> all = [(int)call.Kind, call.Key, call.Value, call.ETag, call.Before, answer.ETag, answer.Value, timers];
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(MemoryMarshal.AsBytes(all), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }
}
