using System.Diagnostics;

namespace MallBots.TestKit;

/// <summary>A program of this repository as a process of its own, to be suspended and killed. What it prints is kept.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    readonly List<string> printed = [];
    readonly Dictionary<TaskCompletionSource<string>, Func<string, bool>> waiting = [];

    ChildProcess(Process process) => Process = process;

    /// <summary>The process.</summary>
    public Process Process { get; }

    /// <summary>Starts an assembly of this test's folder, in the folder of temporary files.</summary>
    /// <param name="assembly">Its file's name.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables on top of those of this process.</param>
    public static ChildProcess Start(string assembly, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Start(start);
    }

    /// <summary>Starts any program.</summary>
    /// <param name="start">How; what it prints is redirected here.</param>
    public static ChildProcess Start(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var child = new ChildProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        child.Process.OutputDataReceived += (_, line) => child.Hear(line.Data);
        child.Process.ErrorDataReceived += (_, line) => child.Hear(line.Data);
        child.Process.Exited += (_, _) => child.Ended();
        child.Process.Start();
        child.Process.BeginOutputReadLine();
        child.Process.BeginErrorReadLine();
        return child;
    }

    /// <summary>What it has printed so far.</summary>
    public IReadOnlyList<string> Printed
    {
        get
        {
            lock (printed) return [.. printed];
        }
    }

    /// <summary>The first line that is as wanted, printed already or still to come; fails when the process ends without it.</summary>
    public Task<string> Line(Func<string, bool> wanted)
    {
        lock (printed)
        {
            if (printed.Find(line => wanted(line)) is { } there) return Task.FromResult(there);
            var line = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Process.HasExited) line.SetException(HasEnded());
            else waiting[line] = wanted;
            return line.Task.Within(what: "a line is printed");
        }
    }

    /// <exception cref="InvalidOperationException">It has ended; the message has what it printed.</exception>
    public void DemandRunning()
    {
        if (Process.HasExited) throw HasEnded();
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public async Task Kill()
    {
        if (!Process.HasExited) Process.Kill();
        await Process.WaitForExitAsync();
    }

    /// <summary>Kills it if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await Kill();
        Process.Dispose();
    }

    void Hear(string? line)
    {
        if (line is null) return;
        lock (printed)
        {
            printed.Add(line);
            foreach (var (wait, wanted) in waiting.ToList())
                if (wanted(line) && waiting.Remove(wait)) wait.SetResult(line);
        }
    }

    void Ended()
    {
        lock (printed)
        {
            foreach (var wait in waiting.Keys) wait.TrySetException(HasEnded());
            waiting.Clear();
        }
    }

    InvalidOperationException HasEnded()
    {
        lock (printed) return new($"{Process.StartInfo.ArgumentList[0]} ended with {Process.ExitCode}:{Environment.NewLine}{string.Join(Environment.NewLine, printed)}");
    }
}
