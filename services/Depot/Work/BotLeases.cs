using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.State;

namespace MallBots.Depot.Work;

/// <summary>
/// Takes lists back from bots that made no progress for <c>Depot:BotLease</c>, and frees bots that were left half-way. Every list in work is found by
/// its bot's reservation, which is written before and freed after it.
/// </summary>
sealed partial class BotLeases(Documents<Bot> bots, Rounds rounds, DepotOptions options, TimeProvider clock, ILogger<BotLeases> log) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var every = TimeSpan.FromSeconds(Math.Clamp(options.BotLease.TotalSeconds / 4, 0.1, 30));
        using var timer = new PeriodicTimer(every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Sweep(stoppingToken);
            }
            catch (Exception away) when (away is UnavailableException or BusyException)
            {
                LogLater(log, away.Message);
            }
        }
    }

    /// <summary>Looks at every bot once.</summary>
    public async Task Sweep(CancellationToken cancel)
    {
        var limit = clock.GetUtcNow() - options.BotLease;
        await foreach (var bot in bots.Everyone(cancel))
            await rounds.TakeBack(bot, (_, progressAt) => progressAt <= limit, Command.Internal($"lease-{bot.BotId}", cancel));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The leases of the bots are looked at later: {Reason}")]
    static partial void LogLater(ILogger log, string reason);
}
