using System.ComponentModel;
using System.Diagnostics;

namespace MallBots.Local.Examination;

/// <summary>Other programs of this machine that are asked something.</summary>
static class Programs
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Where the program is found, by PATH; null when it is not installed.</summary>
    public static string? Find(string name, Func<string, string?> variable)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        return (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, name + ending)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>What it prints; null when it can't be started, fails or does not end.</summary>
    public static async Task<string?> Ask(string path, IEnumerable<string> arguments, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["DOTNET_NOLOGO"] = "1";
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                process.StandardInput.Close();
                var said = process.StandardOutput.ReadToEndAsync(limit.Token);
                var errors = process.StandardError.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
                await errors;
                return process.ExitCode == 0 ? await said : null;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                process.Kill(entireProcessTree: true);
                return null;
            }
        }
        catch (Exception cannotStart) when (cannotStart is Win32Exception or IOException)
        {
            return null;
        }
    }
}
