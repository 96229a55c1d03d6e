namespace MallBots.TestKit;

/// <summary>Waits for a condition, never for a time.</summary>
public static class Eventually
{
    /// <summary>Asks until it is true.</summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="within">What is plenty on an idle machine; <see cref="Deadline.Usual"/> when nothing is said.</param>
    /// <param name="what">Name of what is waited for.</param>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    public static async Task True(Func<Task<bool>> condition, TimeSpan? within = null, string? what = null)
    {
        var deadline = new Deadline(within ?? Deadline.Usual);
        while (!await condition())
        {
            await deadline.Demand(what ?? condition.Method.Name);
            await Deadline.Pause();
        }
    }
}
