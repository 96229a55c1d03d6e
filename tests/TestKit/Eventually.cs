namespace MallBots.TestKit;

/// <summary>Waits for a condition, never for a time.</summary>
public static class Eventually
{
    /// <summary>Asks until it is true; throws after the limit (30 s by default).</summary>
    public static async Task True(Func<Task<bool>> condition, TimeSpan? within = null, string? what = null)
    {
        var deadline = DateTime.UtcNow + (within ?? TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline) throw new TimeoutException($"It did not come true in time: {what ?? condition.Method.Name}");
            await Task.Delay(10);
        }
    }
}
