namespace MallBots.Local.Examination;

/// <summary>What doctor looks at.</summary>
public sealed record DoctorOptions
{
    /// <summary>The folder that the mall keeps everything in; null when it keeps it in memory.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Folder of the engines' components; null for <c>components/embedded</c>, or <c>components/redis</c> on the Dapr runtime.</summary>
    public string? ComponentsFolder { get; init; }

    /// <summary>What is added to the ports of the specification.</summary>
    public int PortOffset { get; init; }

    /// <summary>Whether the services are to run on the Dapr runtime; else what only that needs is not looked at.</summary>
    public bool ForDapr { get; init; }

    /// <summary>The environment; tests have one of their own.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Where the Dapr CLI has placement and scheduler listen.</summary>
    internal (int Placement, int Scheduler) ControlPlane { get; init; } = OperatingSystem.IsWindows() ? (6050, 6060) : (50005, 50006);
}
