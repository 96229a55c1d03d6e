using System.Diagnostics;

namespace MallBots.TestKit.Exploring;

/// <summary>
/// Runs processes in every interleaving of their calls to the store and the broker, with crashes and faults at every step: real code, one step at a time,
/// all on one thread, without waiting for anything. A state that was met before is not followed again.
/// <para>A process may crash at any moment; each save or publish that it had begun then never happens, or some time later. A fault is a save that is answered with
/// a conflict, or a publish that is answered with an error, and that never happens, or some time later, perhaps at once (fact S11). A read may fail too.</para>
/// <para>What only one process touches, or nobody changes, has no turn of its own: nobody else can tell when it happens.</para>
/// </summary>
public sealed class Exploration
{
    readonly Texts keys = new();
    readonly Texts texts = new();
    readonly Dictionary<UInt128, double> seen = [];
    readonly List<bool> asides = [];
    readonly HashSet<Place> looked = [];
    readonly List<(int Reading, int Changing)> use = [];
    readonly Stack<Move> path = new();
    Behaviour[] behaviours = [];
    Behaviour? after;
    State start = new([], [], Store.Empty, [], default);
    bool anew;
    int ends;

    /// <summary>Those that run at once.</summary>
    public required IReadOnlyList<ExploredProcess> Processes { get; init; }

    /// <summary>What happened before; runs alone.</summary>
    public ExploredProcess? Before { get; init; }

    /// <summary>What happens when all has come to its end; runs alone.</summary>
    public required ExploredProcess After { get; init; }

    /// <summary>How many processes may crash in one run.</summary>
    public int Crashes { get; init; }

    /// <summary>How many saves and publishes may get a wrong answer in one run.</summary>
    public int Faults { get; init; }

    /// <summary>How many reads may fail in one run.</summary>
    public int FailedReads { get; init; }

    /// <summary>How often in one run a process may be interrupted by another one though it could go on; null for any number, which is every interleaving.</summary>
    public int? Switches { get; init; }

    /// <summary>How many timers may come during one run, at any moment of it; all others come later than everything else.</summary>
    public int Timers { get; init; }

    /// <summary>Which keys and topics the exploration is about; calls of others are answered at once.</summary>
    public Func<string, bool> About { get; init; } = _ => true;

    /// <summary>Whether to check that a process goes on in the same way when it has heard the same in another order.</summary>
    public bool Compare { get; init; }

    /// <summary>What must hold after each save and publish; throws when it does not.</summary>
    public Action<Moment>? AtEachStep { get; init; }

    /// <summary>What must hold at the end of each run; throws when it does not.</summary>
    public required Action<End> AtEnd { get; init; }

    /// <summary>Runs every interleaving.</summary>
    /// <exception cref="InterleavingException">One of them breaks a rule.</exception>
    public Explored Run()
    {
        string[] names = [.. Processes.Append(Before).Append(After).OfType<ExploredProcess>().Select(process => process.Name)];
        if (names.Distinct().Count() < names.Length) throw new InvalidOperationException("Two processes have the same name; each names what it makes up by its own.");
        var clock = Stopwatch.StartNew();
        behaviours = [.. Processes.Select(process => new Behaviour(process, keys, texts, Compare))];
        after = new Behaviour(After, keys, texts, Compare);
        var before = Before is null ? Store.Empty : Alone(new Behaviour(Before, keys, texts, Compare), Store.Empty).Store;
        start = new State([.. behaviours.Select(behaviour => behaviour.Start)], [.. behaviours.Select(_ => Array.Empty<Known>())], before, [], new Left(Crashes, Faults, FailedReads, Timers, Switches ?? int.MaxValue));
        double runs;
        do
        {
            (anew, ends) = (false, 0);
            seen.Clear();
            runs = From(start);
        }
        while (anew); // What seemed to be one process's own is not.

        return new Explored(runs, seen.Count, ends, behaviours.Sum(behaviour => behaviour.Steps), clock.Elapsed);
    }

    /// <summary>Goes on from a state in every way; returns how many runs that makes.</summary>
    double From(State state)
    {
        // What can only go on in one way is no state to remember.
        var depth = path.Count;
        List<Move> moves;
        Look(state);
        while ((moves = [.. Moves(state)]).Count == 1)
        {
            path.Push(moves[0]);
            state = Make(state, moves[0]);
            Look(state);
        }

        var runs = Branch(state, moves);
        while (path.Count > depth) path.Pop();
        return runs;
    }

    double Branch(State state, List<Move> moves)
    {
        var fingerprint = state.Fingerprint();
        if (anew) return 0;
        if (seen.TryGetValue(fingerprint, out var runs)) return runs;
        if (moves.Count == 0)
        {
            Ends(state);
            runs = 1;
        }

        foreach (var move in moves)
        {
            path.Push(move);
            runs += From(Make(state, move));
            path.Pop();
            if (anew) return 0;
        }

        return seen[fingerprint] = runs;
    }

    IEnumerable<Move> Moves(State state)
    {
        foreach (var process in Enumerable.Range(0, state.Places.Length))
            if (state.GoesOn(process) && Array.Find(state.Places[process]!.Waiting, IsAside) is { Kind: not CallKind.None } aside)
                return [new Move(MoveKind.Answered, process, aside, default)];

        // Steps that nobody else can tell come first; it is enough to try them in the orders of their own process.
        foreach (var process in Enumerable.Range(0, state.Places.Length))
            if (state.GoesOn(process) && Array.TrueForAll(state.Places[process]!.Waiting, call => IsOwn(process, call))) return MovesOf(state, process);
        return Enumerable.Range(0, state.Places.Length).Where(process => state.Left.Switches > 0 || !Interrupts(state, process))
            .SelectMany(process => MovesOf(state, process).Select(move => move with { Turn = true }))
            .Concat(state.UnderWay.Distinct().Select(call => new Move(MoveKind.Lands, -1, default, call)));
    }

    /// <summary>True when a step of this process would interrupt another one.</summary>
    static bool Interrupts(State state, int process) => state.Turn >= 0 && state.Turn != process && state.Places[state.Turn] is { Waits: true };

    IEnumerable<Move> MovesOf(State state, int process)
    {
        if (!state.GoesOn(process)) yield break;
        var waiting = state.Places[process]!.Waiting;
        var quick = Array.Exists(waiting, call => call.Kind != CallKind.Timer && IsOwn(process, call));
        foreach (var call in waiting)
        {
            // A timer comes before or after steps that others can tell.
            if (call.Kind == CallKind.Timer && (quick || state.Left.Timers == 0)) continue;
            yield return new Move(MoveKind.Answered, process, call, default);
            if (state.Left.FailedReads > 0 && call.Kind == CallKind.Get) yield return new Move(MoveKind.Failed, process, call, default);
            if (state.Left.Faults == 0 || !call.HasEffect || !state.Store.Takes(state.EffectOf(process, call))) continue;
            yield return new Move(MoveKind.Lost, process, call, default);
            yield return new Move(MoveKind.Late, process, call, default);
        }

        // A crash between reads that nobody can tell is the same as one after them.
        if (state.Left.Crashes == 0 || Array.TrueForAll(waiting, call => IsOwn(process, call) && !call.HasEffect)) yield break;
        var begun = waiting.Where(call => call.HasEffect).Select(call => state.EffectOf(process, call)).Where(state.Store.Takes).ToArray();
        for (var landing = 0; landing < 1 << begun.Length; landing++)
            yield return new Move(MoveKind.Crash, process, default, default) { UnderWay = [.. begun.Where((_, index) => (landing & 1 << index) != 0)] };
    }

    State Make(State state, Move move)
    {
        var effect = move.Asked.HasEffect ? state.EffectOf(move.Process, move.Asked) : move.Call;
        var next = move.Kind switch
        {
            MoveKind.Crash => state.With(move.Process, null) with { Left = state.Left with { Crashes = state.Left.Crashes - 1 }, UnderWay = [.. state.UnderWay, .. move.UnderWay] },
            MoveKind.Lands => state with { Store = Happens(state.Store, effect), UnderWay = WithoutOne(state.UnderWay, effect) },
            MoveKind.Lost => Hears(state, move, Answer.No) with { Left = state.Left with { Faults = state.Left.Faults - 1 } },
            MoveKind.Late => Hears(state, move, Answer.No) with { Left = state.Left with { Faults = state.Left.Faults - 1 }, UnderWay = [.. state.UnderWay, effect] },
            MoveKind.Failed => Hears(state, move, Answer.Failed) with { Left = state.Left with { FailedReads = state.Left.FailedReads - 1 } },
            _ when move.Asked.Kind == CallKind.Timer => Hears(state, move, Answer.Yes) with { Left = state.Left with { Timers = state.Left.Timers - 1 } },
            _ when move.Asked.Kind == CallKind.Get => state.Read(move.Process, move.Asked.Key) is var (read, answer) ? Hears(read, move, answer) : state,
            _ when state.Store.Takes(effect) => Hears(state with { Store = Happens(state.Store, effect) }, move, Answer.Yes),
            _ => Hears(state, move, Answer.No),
        };
        if (move.Turn && Switches is not null)
            next = next with { Turn = move.Process, Left = next.Left with { Switches = next.Left.Switches - (Interrupts(state, move.Process) ? 1 : 0) } };
        foreach (var call in next.UnderWay) Touches(call.Key, 1 << 30, true);
        return next.Tidy();
    }

    State Hears(State state, Move move, Answer answer)
    {
        try
        {
            var before = state.Places[move.Process]!;
            var place = behaviours[move.Process].After(before, move.Asked.Number, answer);
            // A publish may be carried out at any moment from now on, so it is judged now.
            foreach (var call in place.Waiting)
                if (call.Kind == CallKind.Publish && !Array.Exists(before.Waiting, old => old.Kind == CallKind.Publish && old.Value == call.Value)) Happens(state.Store, state.EffectOf(move.Process, call));
            return state.With(move.Process, place);
        }
        catch (Exception wrong)
        {
            throw Broken(wrong, state.Store);
        }
    }

    Store Happens(Store store, UnderWay effect)
    {
        var happened = store.After(effect);
        try
        {
            AtEachStep?.Invoke(new Moment(keys, texts, happened, effect));
        }
        catch (Exception wrong)
        {
            throw Broken(wrong, happened);
        }

        return happened;
    }

    void Ends(State state)
    {
        ends++;
        try
        {
            var (result, store) = Alone(after!, state.Store);
            AtEnd(new End(keys, texts, store, result, Enumerable.Range(0, behaviours.Length).ToDictionary(process => behaviours[process].Name, process => state.Places[process]?.Result)));
        }
        catch (Exception wrong)
        {
            throw Broken(wrong, state.Store);
        }
    }

    /// <summary>Runs a process to its end with nobody else about.</summary>
    (string Result, Store Store) Alone(Behaviour behaviour, Store store)
    {
        var state = new State([behaviour.Start], [[]], store, [], default);
        while (state.Places[0]!.Waiting is { Length: > 0 } waiting)
        {
            var call = waiting.OrderBy(call => call.Kind == CallKind.Timer).ThenBy(call => call.Number).First();
            var answer = Answer.Yes;
            if (call.Kind == CallKind.Get) (state, answer) = state.Read(0, call.Key);
            else if (call.HasEffect && state.EffectOf(0, call) is var effect && state.Store.Takes(effect)) state = state with { Store = state.Store.After(effect) };
            else if (call.HasEffect) answer = Answer.No;
            state = state.With(0, behaviour.After(state.Places[0]!, call.Number, answer));
        }

        return (state.Places[0]!.Result!, state.Store);
    }

    void Look(State state)
    {
        for (var process = 0; process < state.Places.Length; process++)
            if (state.Places[process] is { } place && looked.Add(place))
                foreach (var call in place.Waiting)
                    if (call.Kind != CallKind.Timer) Touches(call.Key, 1 << process, call.HasEffect);
    }

    void Touches(int key, int who, bool changes)
    {
        while (use.Count <= key)
        {
            asides.Add(!About(keys[use.Count]));
            use.Add(default);
        }

        var was = use[key];
        use[key] = changes ? was with { Changing = was.Changing | who } : was with { Reading = was.Reading | who };
        anew |= use[key] != was;
    }

    bool IsAside(Call call) => call.Kind is not (CallKind.None or CallKind.Timer) && asides[call.Key];

    /// <summary>True for what nobody else can tell: a timer, a publish, a read of what nobody else changes, a change of what nobody else reads or changes.</summary>
    bool IsOwn(int process, Call call) => call.Kind switch
    {
        CallKind.Timer or CallKind.Publish => true,
        CallKind.Get => (use[call.Key].Changing & ~(1 << process)) == 0,
        _ => ((use[call.Key].Changing | use[call.Key].Reading) & ~(1 << process)) == 0,
    };

    InterleavingException Broken(Exception wrong, Store store) => wrong as InterleavingException ?? new InterleavingException(
        $"{wrong.Message}\n{string.Join('\n', path.Reverse().Where(IsTold).Select(move => "  " + Tell(move)))}\n{new Moment(keys, texts, store, default)}", wrong);

    /// <summary>Reads that nobody else can tell are no news.</summary>
    static bool IsTold(Move move) => move.Turn || move.Kind != MoveKind.Answered || move.Asked.HasEffect;

    string Tell(Move move)
    {
        if (move.Kind == MoveKind.Lands) return $"a late {move.Call.Kind} of {keys[move.Call.Key]} is carried out";
        var name = behaviours[move.Process].Name;
        if (move.Kind == MoveKind.Crash) return $"{name} crashes{string.Concat(move.UnderWay.Select(call => $", its {call.Kind} of {keys[call.Key]} still under way"))}";
        var call = $"{name}: {move.Asked.Kind} {keys[move.Asked.Key]}{(move.Asked.ETag > 0 ? $" at {move.Asked.ETag}" : "")}";
        return move.Kind switch
        {
            MoveKind.Lost => $"{call}, not carried out, answered no",
            MoveKind.Late => $"{call}, answered no, carried out later",
            MoveKind.Failed => $"{call}, fails",
            _ => call,
        };
    }

    static UnderWay[] WithoutOne(UnderWay[] all, UnderWay one)
    {
        var rest = all.ToList();
        rest.Remove(one);
        return [.. rest];
    }

    enum MoveKind
    {
        /// <summary>A call is carried out and answered.</summary>
        Answered,

        /// <summary>A call is answered with no, and never carried out.</summary>
        Lost,

        /// <summary>A call is answered with no, and carried out later.</summary>
        Late,

        /// <summary>A read fails.</summary>
        Failed,
        Crash,

        /// <summary>A call that nobody waits for any more is carried out.</summary>
        Lands,
    }

    readonly record struct Move(MoveKind Kind, int Process, Call Asked, UnderWay Call)
    {
        /// <summary>True when it is a step that others can tell.</summary>
        public bool Turn { get; init; }

        /// <summary>What a crash leaves under way.</summary>
        public UnderWay[] UnderWay { get; init; } = [];
    }
}

/// <summary>What an exploration has seen.</summary>
/// <param name="Runs">How many interleavings there are, from beginning to end.</param>
/// <param name="States">How many different states they have in all.</param>
/// <param name="Ends">How many different states they end in.</param>
/// <param name="Places">How often the real code had to be run on by a step, since each process was at so many places.</param>
/// <param name="Took">How long it took.</param>
public sealed record Explored(double Runs, int States, int Ends, int Places, TimeSpan Took)
{
    /// <summary>The figures as a line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Runs:G3} interleavings, {States:N0} states, {Ends:N0} ends, {Places:N0} steps of real code, {Took.TotalSeconds:F1} s");
}

/// <summary>An interleaving that breaks a rule: which rule, and each step that led to it.</summary>
public sealed class InterleavingException(string message, Exception inner) : Exception(message, inner);
