using System.Threading.Channels;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.State;

namespace MallBots.Depot.Simulation;

/// <summary>
/// Bots that work by themselves: an idle one takes the longest-waiting list, drives to each stop, picks every item, returns and completes. It is woken
/// by a list that becomes available in this process or by a bot that comes back; lists that another replica made available are looked for now and then.
/// Every replica drives the same bots; list and bot decide who has which, so that no list is worked twice.
/// </summary>
sealed partial class SimulatedBots(
    Documents<ShoppingList> lists, Documents<Bot> bots, Rounds rounds, WaitingLists waitingLists, DepotOptions options, KitOptions kit, TimeProvider clock,
    ILogger<SimulatedBots> log) : BackgroundService
{
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(10);

    readonly Lock gate = new();
    readonly PriorityQueue<Waiting, (DateTimeOffset Since, string Id)> waiting = new();
    readonly HashSet<Waiting> known = [];
    readonly Queue<string> idle = [];
    readonly List<string> busyElsewhere = [];
    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        waitingLists.Waits += Hear;
        try
        {
            await Persist(() => BringOnline(stoppingToken), stoppingToken);
            await Persist(() => TakeBackFromFormerLife(stoppingToken), stoppingToken);
            while (true)
            {
                // By the clock, not by silence: where lists keep coming, bots that were busy elsewhere would be forgotten.
                await Persist(() => LookAround(stoppingToken), stoppingToken);
                using var next = new CancellationTokenSource(options.LookEvery, clock);
                do SendOut(stoppingToken);
                while (await IsWoken(next.Token, stoppingToken));
            }
        }
        finally
        {
            waitingLists.Waits -= Hear;
        }
    }

    /// <summary>Registers the bots under their fixed ids and brings them online.</summary>
    async Task BringOnline(CancellationToken cancel)
    {
        for (var number = 1; number <= options.Bots; number++)
        {
            var (id, name) = ($"bot-{number}", $"Bot {number}");
            await bots.Put(id, Command.Internal("simulation", cancel), bot =>
                bot?.SetOnline(true) ?? ServiceKit.Domain.Decision.Of(new BotRegistered(id, name), new BotCameOnline()));
            lock (gate)
                if (!idle.Contains(id)) idle.Enqueue(id);
        }
    }

    /// <summary>What this replica drove before it was restarted would wait for its lease: it is given to the bots again at once, with the next attempt.</summary>
    async Task TakeBackFromFormerLife(CancellationToken cancel)
    {
        for (var number = 1; number <= options.Bots; number++)
        {
            if ((await bots.Find($"bot-{number}", cancel)).State is not { } bot) continue;
            await rounds.TakeBack(bot, (reservation, _) => reservation.Driver == kit.Replica, Command.Internal("simulation", cancel));
        }
    }

    /// <summary>Finds lists that wait, made available by other replicas or before this one started.</summary>
    async Task LookAround(CancellationToken cancel)
    {
        lock (gate)
        {
            foreach (var bot in busyElsewhere) idle.Enqueue(bot);
            busyElsewhere.Clear();
            if (idle.Count == 0 || waiting.Count > 0) return;
        }

        foreach (var list in await lists.InSet(ShoppingList.AvailableSet, cancel)) Hear(list);
    }

    void Hear(ShoppingList list)
    {
        lock (gate)
        {
            var found = new Waiting(list.OrderId, list.Attempt, list.AvailableSince!.Value);
            if (known.Add(found)) waiting.Enqueue(found, (found.Since, found.ListId));
        }

        wake.Writer.TryWrite(true);
    }

    /// <summary>Sends idle bots out with the lists that wait longest.</summary>
    void SendOut(CancellationToken cancel)
    {
        lock (gate)
        {
            while (idle.Count > 0 && waiting.TryDequeue(out var list, out _))
            {
                known.Remove(list);
                _ = Work(idle.Dequeue(), list, cancel);
            }
        }
    }

    /// <summary>True when a list or a bot came; false when it is time to look around.</summary>
    async Task<bool> IsWoken(CancellationToken time, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, time);
        try
        {
            return await wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>A bot's round with a list, and what becomes of both if it fails.</summary>
    async Task Work(string botId, Waiting list, CancellationToken cancel)
    {
        var tookIt = true;
        try
        {
            tookIt = await Round(botId, list, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return; // The next life of this replica takes the list back.
        }
        catch (Exception defect)
        {
            LogDefect(log, botId, list.ListId, defect); // Its lease will end the round.
        }

        lock (gate)
        {
            if (tookIt)
            {
                idle.Enqueue(botId);
            }
            else
            {
                busyElsewhere.Add(botId);
                if (known.Add(list)) waiting.Enqueue(list, (list.Since, list.ListId));
            }
        }

        wake.Writer.TryWrite(true);
    }

    /// <summary>Takes the list, drives, picks, returns, completes. False when the bot was not idle after all.</summary>
    async Task<bool> Round(string botId, Waiting waits, CancellationToken cancel)
    {
        var taken = await Persist(NewCommand(), command => rounds.Take(waits.ListId, waits.Attempt, botId, kit.Replica, command), cancel);
        if (taken.Refusal is { } refusal) return refusal.Kind != DepotRefusals.NotIdle; // Another bot was faster, or it was canceled: the next list.

        var (drives, metresBack) = FloorPlan.Round(taken.Value.Stops);
        foreach (var (stop, metres) in drives)
        {
            await Drive(metres, cancel);
            await Persist(NewCommand(), command => bots.Change(botId, command, bot => bot.ArriveAt(stop.StoreId, waits.ListId)), cancel);
            var picked = await Persist(NewCommand(), command => lists.Change(
                waits.ListId, command, list => list.PickAllAt(stop.StoreId, botId, waits.Attempt)), cancel);
            if (picked.IsRefused) return true; // The list was taken back.
        }

        await Drive(metresBack, cancel);
        await Persist(NewCommand(), command => rounds.Complete(waits.ListId, botId, everything: false, command, waits.Attempt), cancel);
        return true;

        Command NewCommand() => Command.Internal(waits.ListId, cancel);
    }

    Task Drive(int metres, CancellationToken cancel) => Task.Delay(TimeSpan.FromSeconds(metres / options.BotSpeed), clock, cancel);

    /// <summary>Repeats one command until it is answered: its id makes that harmless.</summary>
    async Task<Outcome<T>> Persist<T>(Command command, Func<Command, Task<Outcome<T>>> run, CancellationToken cancel) where T : class
    {
        Outcome<T>? outcome = null;
        await Persist(async () => outcome = await run(command), cancel);
        return outcome!;
    }

    async Task Persist(Func<Task> run, CancellationToken cancel)
    {
        for (var pause = ShortestPause; ; pause = pause < LongestPause ? pause * 2 : pause)
        {
            try
            {
                await run();
                return;
            }
            catch (Exception away) when (away is UnavailableException or BusyException)
            {
                LogLater(log, away.Message);
            }

            await Task.Delay(pause, clock, cancel);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A simulated bot tries again: {Reason}")]
    static partial void LogLater(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The simulated bot {Bot} gave up the shopping list {List}")]
    static partial void LogDefect(ILogger log, string bot, string list, Exception defect);

    /// <summary>An attempt at a list that waits for a bot.</summary>
    sealed record Waiting(string ListId, int Attempt, DateTimeOffset Since);
}
