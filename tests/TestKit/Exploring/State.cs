using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MallBots.TestKit.Exploring;

/// <summary>A save or publish whose process does not wait for it any more, and that is carried out all the same, some time (fact S11).</summary>
readonly record struct UnderWay(CallKind Kind, int Key, int Value, int ETag);

/// <summary>
/// The ETag that a process has read last of a key: how many different ones it has seen, which is all that it can tell, and which one it really is. Older ones
/// can't match any more.
/// </summary>
readonly record struct Known(int Seen, int ETag);

/// <summary>How often what is limited may still happen.</summary>
readonly record struct Left(int Crashes, int Faults, int FailedReads, int Timers, int Switches);

/// <summary>A state of the whole: where each process is (null for one that has crashed), what the store holds, what was published, what may still fail.</summary>
sealed record State(Place?[] Places, Known[][] Known, Store Store, UnderWay[] UnderWay, Left Left)
{
    /// <summary>The process that went on last in a way that others can tell.</summary>
    public int Turn { get; init; } = -1;

    /// <summary>Hash of all of it that matters from now on, long enough to be taken for the state itself.</summary>
    public UInt128 Fingerprint()
    {
        List<int> all = [Left.Crashes, Left.Faults, Left.FailedReads, Left.Timers, Left.Switches, Left.Switches < int.MaxValue ? Turn : -1, UnderWay.Length];
        foreach (var call in UnderWay) all.AddRange([(int)call.Kind, call.Key, call.Value]);
        for (var process = 0; process < Places.Length; process++)
        {
            if (!GoesOn(process))
            {
                all.Add(Places[process] is { } ended ? ~ended.End : -1);
                continue;
            }

            all.Add(Places[process]!.Number);
            for (var key = 0; key < Known[process].Length; key++)
                if (Known[process][key] is { Seen: > 0 } known) all.Add(known.ETag == Store.ETag(key) ? key : ~key);
        }

        Store.AddTo(all);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(all)), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    /// <summary>True while something of a process may still come.</summary>
    public bool GoesOn(int process) => Places[process] is { } place && (Left.Timers > 0 ? place.Waiting.Length > 0 : place.Waits);

    /// <summary>The state with a process at another place.</summary>
    public State With(int process, Place? place)
    {
        var places = (Place?[])Places.Clone();
        places[process] = place;
        return this with { Places = places };
    }

    /// <summary>What a process hears of a key, and the state in which it knows.</summary>
    public (State State, Answer Answer) Read(int process, int key)
    {
        var held = Store.Get(key);
        if (held.ETag == 0) return (this, held);
        var mine = Known[process];
        var known = key < mine.Length ? mine[key] : default;
        if (known.ETag == held.ETag) return (this, held with { ETag = known.Seen });
        var next = new Known[Math.Max(mine.Length, key + 1)];
        mine.CopyTo(next, 0);
        next[key] = new Known(known.Seen + 1, held.ETag);
        var all = (Known[][])Known.Clone();
        all[process] = next;
        return (this with { Known = all }, held with { ETag = known.Seen + 1 });
    }

    /// <summary>What a call of a process does when it is carried out; its ETag is -1 when that is an old one.</summary>
    public UnderWay EffectOf(int process, Call call)
    {
        var etag = call.ETag == 0 ? 0 : Known[process][call.Key] is var known && known.Seen == call.ETag ? known.ETag : -1;
        return new UnderWay(call.Kind, call.Key, call.Value, etag);
    }

    /// <summary>Without what is under way and can only conflict, in an order that does not tell who began first.</summary>
    public State Tidy() => UnderWay.Length == 0 ? this : this with
    {
        UnderWay = [.. UnderWay.Where(Store.Takes).OrderBy(call => (call.Kind, call.Key, call.Value))],
    };
}

/// <summary>The state store and what the broker was given. An ETag is the number of the writes of its key, so no write has that of another.</summary>
/// <param name="Held">For each key, its ETag and its value; ETags go on after a delete, then the value is -1.</param>
/// <param name="Published">What was published, each event once, in the order of their first times.</param>
sealed record Store((int ETag, int Value)[] Held, int[] Published)
{
    public static readonly Store Empty = new([], []);

    public Answer Get(int key) => key < Held.Length && Held[key].Value >= 0 ? new Answer(Held[key].ETag, Held[key].Value) : new Answer(0, -1);

    public int ETag(int key) => Get(key).ETag;

    /// <summary>True when a call with an effect would have it now; a save that would conflict now does so for ever.</summary>
    public bool Takes(UnderWay call) => call.Kind == CallKind.Publish || Get(call.Key).ETag == call.ETag;

    public Store After(UnderWay call)
    {
        if (call.Kind == CallKind.Publish) return Published.Contains(call.Value) ? this : this with { Published = [.. Published, call.Value] };
        var held = new (int, int)[Math.Max(Held.Length, call.Key + 1)];
        Array.Fill(held, (0, -1));
        Held.CopyTo(held, 0);
        held[call.Key] = (held[call.Key].Item1 + 1, call.Kind == CallKind.Delete ? -1 : call.Value);
        return this with { Held = held };
    }

    public void AddTo(List<int> all)
    {
        for (var key = 0; key < Held.Length; key++)
            if (Held[key].Value >= 0) all.AddRange([key, Held[key].Value]);
        all.Add(-2);
        all.AddRange(Published);
    }
}
