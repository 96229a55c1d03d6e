using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace MallBots.Local.Examination;

/// <summary>What `dapr run -f .` needs of Dapr: the CLI, daprd of a version that the facts hold for, placement and scheduler (fact W4).</summary>
static partial class DaprCheck
{
    /// <summary>The oldest runtime that the code was measured on (docs/dapr-facts.md; the loss of fact P12 is worse before).</summary>
    static readonly Version Oldest = new(1, 18, 2);

    public static async Task<IReadOnlyList<Finding>> Look(DoctorOptions options, CancellationToken cancel) =>
    [
        await Cli(options, cancel),
        await Runtime(options, cancel),
        await Listens("placement", options.ControlPlane.Placement, "dapr_placement", cancel),
        await Listens("scheduler", options.ControlPlane.Scheduler, "dapr_scheduler", cancel),
    ];

    static async Task<Finding> Cli(DoctorOptions options, CancellationToken cancel)
    {
        const string install = "wget -q https://raw.githubusercontent.com/dapr/cli/master/install/install.sh -O - | /bin/bash  (Windows: winget install Dapr.CLI)";
        if (Programs.Find("dapr", options.Variable) is not { } dapr) return new(Verdict.Problem, "Dapr CLI", "dapr is not on the PATH", install);
        var said = await Programs.Ask(dapr, ["--version"], cancel) ?? "";
        return CliVersion().Match(said) is { Success: true } found
            ? new(Verdict.Fine, "Dapr CLI", found.Groups[1].Value)
            : new(Verdict.Problem, "Dapr CLI", $"{dapr} does not say its version", install);
    }

    static async Task<Finding> Runtime(DoctorOptions options, CancellationToken cancel)
    {
        // Where the CLI has it: beside its other files, in the home folder unless DAPR_RUNTIME_PATH says otherwise.
        var home = options.Variable("DAPR_RUNTIME_PATH") ?? options.Variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") ?? "";
        var daprd = Path.Combine(home, ".dapr", "bin", OperatingSystem.IsWindows() ? "daprd.exe" : "daprd");
        if (!File.Exists(daprd)) return new(Verdict.Problem, "Dapr runtime", $"there is no {daprd}", "dapr init");
        var said = await Programs.Ask(daprd, ["--version"], cancel) ?? "";
        if (AnyVersion().Match(said) is not { Success: true } found || !Version.TryParse(found.Value, out var version))
            return new(Verdict.Problem, "Dapr runtime", $"{daprd} does not say its version", "dapr uninstall && dapr init");
        return version >= Oldest
            ? new(Verdict.Fine, "Dapr runtime", found.Value)
            : new(Verdict.Problem, "Dapr runtime", $"{found.Value} is older than {Oldest}", "dapr uninstall && dapr init");
    }

    static async Task<Finding> Listens(string what, int port, string container, CancellationToken cancel)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        return await Tcp.Listens("127.0.0.1", port, cancel)
            ? new(Verdict.Fine, what, place)
            : new(Verdict.Problem, what, $"nobody listens at {place}: workflows would not run", $"docker start {container}  (or, when it was never there: dapr init)");
    }

    [GeneratedRegex(@"CLI version:\s*v?(\S+)")]
    private static partial Regex CliVersion();

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex AnyVersion();
}

/// <summary>Whether somebody listens at an address.</summary>
static class Tcp
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Connects; null when nobody takes it in time.</summary>
    public static async Task<TcpClient?> Connect(string host, int port, CancellationToken cancel)
    {
        var client = new TcpClient();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            await client.ConnectAsync(host, port, limit.Token);
            return client;
        }
        catch (Exception nobody) when (nobody is SocketException || (nobody is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            client.Dispose();
            return null;
        }
    }

    public static async Task<bool> Listens(string host, int port, CancellationToken cancel)
    {
        using var connected = await Connect(host, port, cancel);
        return connected is not null;
    }
}
