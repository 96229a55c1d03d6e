namespace MallBots.Local.Examination;

/// <summary>
/// Looks for what keeps a mall from running on this machine: the SDK, ports and what else listens on them, the data folder, the engines that the chosen
/// components name; for the Dapr runtime also its CLI, daprd, placement, scheduler and the tokens. It changes nothing.
/// </summary>
public static class Doctor
{
    /// <summary>Makes all checks, side by side; each gives up after some seconds.</summary>
    /// <exception cref="LocalMallException">There is no such folder of components.</exception>
    public static async Task<DoctorReport> Examine(DoctorOptions options, CancellationToken cancel)
    {
        var engines = options.ForDapr && options.ComponentsFolder is null ? ComponentFolders.Redis : ComponentFolders.Engine(options.ComponentsFolder);
        var here = options.DataFolder is { } folder && !options.ForDapr ? RunningMall.On(folder) : null;
        Task<IReadOnlyList<Finding>>[] checks =
        [
            SdkCheck.Look(options, cancel),
            PortsCheck.Look(options, here, cancel),
            options.ForDapr ? Nothing : DataFolderCheck.Look(options, here, cancel),
            options.ForDapr ? DaprCheck.Look(options, cancel) : Nothing,
            options.ForDapr ? TokensCheck.Look(options) : Nothing,
            EnginesCheck.Look(options, engines, cancel),
        ];
        List<Finding> findings = [.. (await Task.WhenAll(checks)).SelectMany(found => found)];
        if (!options.ForDapr) findings.Add(new(Verdict.Note, "Dapr runtime", "not looked at, the local mall needs none", "dotnet run --project local -- doctor --for dapr"));
        return new DoctorReport(findings);
    }

    static Task<IReadOnlyList<Finding>> Nothing => Task.FromResult<IReadOnlyList<Finding>>([]);
}
