namespace MallBots.Domain.Tests.Rebuild;

/// <summary>Random arguments, plausible and implausible ones; the same seed gives the same.</summary>
/// <param name="seed">Where they begin.</param>
/// <param name="longLife">True when nothing is to end the life of the aggregate, so that its events become many.</param>
sealed class Dice(int seed, bool longLife)
{
    static readonly string[] Texts =
        ["Tea", "Café \"Zum Löwen\"", " ", "", "<b>&amp;</b> \\ / \u2028", "日本の茶 🍵", new string('x', 200), "null", "2026-01-02T03:04:05Z", "0"];

    readonly Random random = new(seed);

    /// <summary>A number from 0, below <paramref name="bound"/>.</summary>
    public int Below(int bound) => random.Next(bound);

    /// <summary>Now and then, but never in a long life: for a command after which there is little left to do.</summary>
    public bool Ends() => !longLife && Below(10) == 0;

    /// <summary>One time in two.</summary>
    public bool Flips() => Below(2) == 0;

    /// <summary>One of these.</summary>
    public T Of<T>(params T[] choices) => choices[Below(choices.Length)];

    /// <summary>Mostly a small number of units, sometimes one that no API would let through.</summary>
    public int Units() => Below(12) switch { 0 => 0, 1 => -2, 2 => 1_000, 3 => int.MaxValue / 2, var few => few - 3 };

    /// <summary>An amount of money; decimals that say the same with other digits are among them.</summary>
    public decimal Money() => Of(0m, 0.01m, 1m, 1.0m, 1.00m, 0.1m, 9.99m, 49.50m, 1_000_000m, Below(10_000) / 100m);

    /// <summary>A text as people type it.</summary>
    public string Text() => Of(Texts);

    /// <summary>A moment, to the last digit.</summary>
    public DateTimeOffset Moment() => TestKit.Spec.Start.AddTicks(random.NextInt64(TimeSpan.TicksPerDay));
}
