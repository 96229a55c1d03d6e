namespace MallBots.Sidecar.Tests.Core;

/// <summary>The real time, moved forward by the test.</summary>
public sealed class ManualClock : TimeProvider
{
    TimeSpan ahead;

    public void Advance(TimeSpan by) => ahead += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
}
