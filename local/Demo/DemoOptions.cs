namespace MallBots.Local.Demo;

/// <summary>How the demo is run.</summary>
public sealed record DemoOptions
{
    /// <summary>The seed mall's file.</summary>
    public string SeedFile { get; init; } = SeedMall.DefaultPath;

    /// <summary>True to bring the unfinished orders of a mall to their end, instead of the story.</summary>
    public bool Resume { get; init; }

    /// <summary>By when all of it must have been seen.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);
}
