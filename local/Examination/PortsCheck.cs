using System.Globalization;
using MallBots.Contracts;

namespace MallBots.Local.Examination;

/// <summary>The ports of the services, and who else listens on them: a mall that was forgotten, a service that its `dapr run` left behind, another program.</summary>
static class PortsCheck
{
    const string Subject = "ports";

    public static Task<IReadOnlyList<Finding>> Look(DoctorOptions options, RunningMall? here, CancellationToken cancel) => Task.Run<IReadOnlyList<Finding>>(() =>
    {
        var ports = Apps.Ports.ToDictionary(app => app.Value + options.PortOffset, app => app.Key);
        var taken = Listeners.Of(ports.Keys);
        List<Finding> findings = [];
        foreach (var (port, listener) in taken.OrderBy(port => port.Key))
        {
            if (listener is not null && listener.ProcessId == here?.ProcessId) continue;
            var mend = options.ForDapr
                ? listener is null ? "stop it" : $"kill {Text(listener.ProcessId)}"
                : $"{(listener is null ? "stop it" : $"kill {Text(listener.ProcessId)}")}, or move all ports: dotnet run --project local -- --port-offset 1000";
            var who = listener is null ? "a program that the system does not name" : listener.ToString();
            findings.Add(new(Verdict.Problem, Subject, $"{Text(port)} ({ports[port]}) is in use by {who}", mend));
        }

        if (options.ForDapr) findings.AddRange(LeftBehind(ports.Values));
        if (findings.Count > 0) return findings;
        var range = $"{Text(ports.Keys.Min())} to {Text(ports.Keys.Max())}";
        return here?.ProcessId is { } mall && taken.Count > 0
            ? [new(Verdict.Fine, Subject, $"{range} are this folder's mall's (process {Text(mall)})")]
            : [new(Verdict.Fine, Subject, $"{range} are free; sidecars take free ones")];
    }, cancel);

    /// <summary>Sidecars of the mall's apps whose `dapr run` has ended, or still runs.</summary>
    static IEnumerable<Finding> LeftBehind(IEnumerable<string> apps) =>
        from app in apps
        from sidecar in Listeners.StartedAs("daprd", $"--app-id {app} ")
        select new Finding(Verdict.Problem, "sidecars", $"the daprd of {app} still runs as process {Text(sidecar.ProcessId)}", $"dapr stop -f .  (or: kill {Text(sidecar.ProcessId)})");

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
