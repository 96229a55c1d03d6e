using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Xunit;

namespace MallBots.TestKit;

/// <summary>Suspends and continues a process, as a machine does that has no time for it. <c>Process.Kill</c> is SIGKILL already.</summary>
public static class Signals
{
    const int Terminate = 15, Continue = 18, Stop = 19;

    /// <summary>SIGSTOP; returns when the process stands still. What is sent to it waits in its sockets.</summary>
    public static async Task Suspend(this Process process)
    {
        SkipWhereTheyDiffer();
        Send(process, Stop);
        await Eventually.True(() => Task.FromResult(StateOf(process) == 'T'), what: "the process stands still");
    }

    /// <summary>SIGCONT: it goes on as if nothing had been.</summary>
    public static void Resume(this Process process) => Send(process, Continue);

    /// <summary>SIGTERM: it is to end by itself, as a pod is told to.</summary>
    public static void AskToEnd(this Process process) => Send(process, Terminate);

    /// <summary>Skips the test where signals have other numbers, or none.</summary>
    public static void SkipWhereTheyDiffer() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are suspended on Linux only.");

    static void Send(Process process, int signal)
    {
        if (kill(process.Id, signal) != 0) throw new InvalidOperationException($"kill({process.Id}, {signal}) failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>proc(5): the field behind the name, which stands in brackets and may hold anything.</summary>
    static char StateOf(Process process)
    {
        var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/stat"));
        return stat[stat.LastIndexOf(')') + 2];
    }

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int processId, int signal);
}
