namespace MallBots.Depot;

/// <summary>What the depot reads from the configuration.</summary>
sealed record DepotOptions
{
    /// <summary>How long a bot may make no progress before it loses its list; <c>Depot:BotLease</c>, default 5 min.</summary>
    public TimeSpan BotLease { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether bots work by themselves; <c>Depot:SimulateBots</c>, default false (the local run switches it on).</summary>
    public bool SimulateBots { get; init; }

    /// <summary>How many simulated bots there are; <c>Depot:Bots</c>, default 4.</summary>
    public int Bots { get; init; } = 4;

    /// <summary>How fast simulated bots drive, in metres of the floor plan per second; <c>Depot:BotSpeed</c>, default 100: a lively demonstration.</summary>
    public double BotSpeed { get; init; } = 100;

    /// <summary>How often idle simulated bots look for lists that another replica made available; <c>Depot:LookEvery</c>, default 5 s.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads the options.</summary>
    /// <exception cref="InvalidOperationException">A value is out of its bounds.</exception>
    public static DepotOptions From(IConfiguration configuration)
    {
        var options = new DepotOptions();
        options = options with
        {
            BotLease = configuration.GetValue("Depot:BotLease", options.BotLease),
            SimulateBots = configuration.GetValue("Depot:SimulateBots", options.SimulateBots),
            Bots = configuration.GetValue("Depot:Bots", options.Bots),
            BotSpeed = configuration.GetValue("Depot:BotSpeed", options.BotSpeed),
            LookEvery = configuration.GetValue("Depot:LookEvery", options.LookEvery),
        };
        if (options.BotLease <= TimeSpan.Zero) throw new InvalidOperationException($"Depot:BotLease must be more than 0, not {options.BotLease}.");
        if (options.Bots is < 0 or > 1000) throw new InvalidOperationException($"Depot:Bots must be 0 to 1000, not {options.Bots}.");
        if (!(options.BotSpeed > 0)) throw new InvalidOperationException($"Depot:BotSpeed must be more than 0, not {options.BotSpeed}.");
        if (options.LookEvery <= TimeSpan.Zero) throw new InvalidOperationException($"Depot:LookEvery must be more than 0, not {options.LookEvery}.");
        return options;
    }
}
