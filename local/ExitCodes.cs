namespace MallBots.Local;

/// <summary>What the program's exit code says; <c>--help</c>, README and docs/guarantees.md list the same.</summary>
static class ExitCodes
{
    /// <summary>Everything is as it should be.</summary>
    public const int Fine = 0;

    /// <summary>It was looked at, and it is not: the audit found a violation, the demo did not see a step, doctor found a problem.</summary>
    public const int NotAsItShould = 1;

    /// <summary>The command line can't be understood; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>There is no mall: it can't start here, none runs there, or it does not answer.</summary>
    public const int NoMall = 3;

    /// <summary>Stopped by Ctrl-C or SIGTERM before it was through.</summary>
    public const int Interrupted = 130;
}
