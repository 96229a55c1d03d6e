namespace MallBots.Payments;

/// <summary>What the service reads from the configuration.</summary>
sealed record PaymentsOptions
{
    /// <summary>How long a caller waits for the provider before it is told to look later; <c>Payments:AnswerWithin</c>, default 3 s.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long an amount is held for an order to take it; <c>Payments:HoldTime</c>, default 7 days.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often holds are looked at; <c>Payments:SweepEvery</c>, default 1 min.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Base address of the provider; <c>Payments:Provider:BaseAddress</c>. None: the simulated one.</summary>
    public Uri? ProviderAddress { get; init; }

    /// <summary>How long the provider may take for one attempt; four times as long for all attempts of a call; <c>Payments:Provider:Timeout</c>, default 5 s.</summary>
    public TimeSpan ProviderTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause before the second attempt, which grows from then on; <c>Payments:Provider:RetryDelay</c>, default 200 ms.</summary>
    public TimeSpan ProviderRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <exception cref="InvalidOperationException">A value can't be read; the message says which.</exception>
    public static PaymentsOptions From(IConfiguration configuration) => new()
    {
        AnswerWithin = configuration.GetValue("Payments:AnswerWithin", TimeSpan.FromSeconds(3)),
        HoldTime = configuration.GetValue("Payments:HoldTime", TimeSpan.FromDays(7)),
        SweepEvery = configuration.GetValue("Payments:SweepEvery", TimeSpan.FromMinutes(1)),
        ProviderAddress = configuration["Payments:Provider:BaseAddress"] is { Length: > 0 } address
            ? Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri : throw new InvalidOperationException($"Payments:Provider:BaseAddress is no address: {address}")
            : null,
        ProviderTimeout = configuration.GetValue("Payments:Provider:Timeout", TimeSpan.FromSeconds(5)),
        ProviderRetryDelay = configuration.GetValue("Payments:Provider:RetryDelay", TimeSpan.FromMilliseconds(200)),
    };
}
