using System.Globalization;

namespace MallBots.Local.Demo;

/// <summary>
/// What was seen, and when: one line each. What is waited for has a name, so that a demo that ends too early says what was missing.
/// </summary>
internal sealed class TimeLine(TextWriter output, TimeProvider clock)
{
    static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    readonly long start = clock.GetTimestamp();

    /// <summary>What is being waited for now; null between two steps.</summary>
    public string? WaitingFor { get; private set; }

    /// <summary>What the latest look showed instead.</summary>
    public string? InsteadSeen { get; private set; }

    /// <summary>Writes a heading.</summary>
    public void Chapter(string title) => output.WriteLine($"{Environment.NewLine}{title}");

    /// <summary>Notes how far it is with what is waited for.</summary>
    public void Instead(string seen) => InsteadSeen = seen;

    /// <summary>Writes what was seen.</summary>
    public void Seen(string what, string detail = "") =>
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {clock.GetElapsedTime(start).TotalSeconds,8:0.000} s  {what,-30} {detail}").TrimEnd());

    /// <summary>Does one step; if it does not come to its end, its name is what was not seen.</summary>
    public async Task<T> Step<T>(string what, Func<Task<T>> step)
    {
        WaitingFor = what;
        InsteadSeen = null;
        var result = await step();
        WaitingFor = null;
        return result;
    }

    /// <summary>Looks again and again until there is what is waited for.</summary>
    /// <param name="what">Its name.</param>
    /// <param name="look">Returns it, or null and what there is instead.</param>
    /// <param name="cancellationToken">The demo's deadline.</param>
    public Task<T> Until<T>(string what, Func<Task<(T? Found, string Instead)>> look, CancellationToken cancellationToken) where T : class =>
        Step(what, async () =>
        {
            using var again = new PeriodicTimer(LookAgain, clock);
            while (true)
            {
                (var found, InsteadSeen) = await look();
                if (found is not null) return found;
                await again.WaitForNextTickAsync(cancellationToken);
            }
        });
}
