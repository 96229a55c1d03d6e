using System.Diagnostics;
using System.Text.RegularExpressions;
using Dapr.Workflow;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>The sidecar is a process of its own here, and gets SIGKILL while workflows are at every point of their way.</summary>
public sealed partial class KillTests
{
    const int Instances = 60;

    [Fact]
    public async Task Every_workflow_whose_start_was_acknowledged_completes_though_the_sidecar_was_killed()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "statestore.yaml"), WorkflowSidecar.State("sqlite"), cancel);
        var killed = await SidecarProcess.StartAsync(folder.Path);
        await using var app = await WorkflowHost.StartAsync(killed.Endpoints);

        // Timers of 0 to 2 seconds: at the kill some have not begun, some wait, some are behind their timer.
        var acknowledged = new List<string>();
        var scheduling = Task.Run(
            async () =>
            {
                for (var number = 0; number < Instances; number++)
                    acknowledged.Add(await app.Client.ScheduleNewWorkflowAsync("Pausing", $"kill-{number}", number * 37 % 2000));
            },
            cancel);
        await Task.WhenAny(scheduling, app.Completed("kill-0"));
        killed.Kill();

        using var again = await SidecarProcess.StartAsync(folder.Path, killed.Endpoints);
        // The call that was under way has failed; it may have been carried out or not.
        await scheduling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.NotEmpty(acknowledged);
        foreach (var id in acknowledged)
        {
            var ended = await app.Completed(id);
            Assert.Equal(WorkflowRuntimeStatus.Completed, ended.RuntimeStatus);
            Assert.Equal($"hello {id}-after", ended.ReadOutputAs<string>());
            Assert.InRange(app.Runs.Count($"{id}-before"), 1, 2);
        }
    }

    sealed partial class SidecarProcess : IDisposable
    {
        readonly Process process;

        SidecarProcess(Process process, SidecarEndpoints endpoints)
        {
            this.process = process;
            Endpoints = endpoints;
        }

        public SidecarEndpoints Endpoints { get; }

        /// <summary>Starts the standalone sidecar, on the ports of one that is gone or on free ones, and waits until it is ready.</summary>
        public static async Task<SidecarProcess> StartAsync(string folder, SidecarEndpoints? before = null)
        {
            string[] arguments =
            [
                Path.Combine(AppContext.BaseDirectory, "MallBots.Sidecar.dll"),
                "--app-id", WorkflowSidecar.AppId,
                "--dapr-http-port", $"{before?.HttpPort ?? 0}",
                "--dapr-grpc-port", $"{before?.GrpcPort ?? 0}",
                "--resources-path", folder,
                "--data", Path.Combine(folder, "data"),
            ];
            var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
            var ready = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var ports = Ports().Matches(ready ?? "").Select(match => int.Parse(match.Groups[1].Value)).ToList();
            return new SidecarProcess(process, new SidecarEndpoints(WorkflowSidecar.AppId, ports[0], ports[1]));
        }

        public void Kill()
        {
            process.Kill();
            process.WaitForExit();
        }

        public void Dispose()
        {
            Kill();
            process.Dispose();
        }

        [GeneratedRegex("127\\.0\\.0\\.1:([0-9]+)")]
        private static partial Regex Ports();
    }
}
