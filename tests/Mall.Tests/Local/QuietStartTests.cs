using System.Diagnostics;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>What a user sees who starts the mall for the first time: the addresses, and nothing to worry about.</summary>
public sealed class QuietStartTests
{
    /// <summary>On a machine that other tests keep busy a state store may take its seconds, and a warning that says so is right; one that always comes is not.</summary>
    const int Starts = 3;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_normal_start_on_a_new_machine_prints_the_banner_and_nothing_else()
    {
        var printed = await Start();
        for (var start = 1; start < Starts && !IsBannerAlone(printed); start++) printed = await Start();
        Assert.True(IsBannerAlone(printed), string.Join('\n', printed));
    }

    static bool IsBannerAlone(IReadOnlyList<string> printed) =>
        printed.Count(line => line.Contains("/swagger", StringComparison.Ordinal)) == Apps.Ports.Count
        && printed.SkipLast(1).All(line => "╭│├╰".Contains(line[0], StringComparison.Ordinal))
        && printed[^1].StartsWith("Ready in", StringComparison.Ordinal);

    /// <summary>Starts the mall with neither keys nor certificates nor settings of earlier runs, stops it when every service is ready, and tells all that it printed.</summary>
    static async Task<IReadOnlyList<string>> Start()
    {
        var home = Directory.CreateTempSubdirectory("mallbots-home-");
        var offset = FreePorts.Row(Apps.Ports.Count) - Apps.Ports.Values.Min();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MallBots.Local.dll"), "--port-offset", $"{offset}"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = home.FullName,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name.StartsWith("Logging", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["HOME"] = home.FullName;
        using var mall = Process.Start(start)!;
        var errors = mall.StandardError.ReadToEndAsync(Cancel);
        List<string> printed = [];
        while (await mall.StandardOutput.ReadLineAsync(Cancel) is { } line)
        {
            printed.Add(line);
            if (line.StartsWith("Ready in", StringComparison.Ordinal)) break;
        }

        if (mall.HasExited) Assert.Fail(await errors);

        // Whatever the services have to say by themselves they say until they are ready.
        using (var gateway = new MallDriver(new Uri($"http://127.0.0.1:{Apps.Ports[Apps.Gateway] + offset}"))) await gateway.Until("/health", answer => answer.Text("status") == "ready");
        using (Process.Start("kill", ["-TERM", $"{mall.Id}"])) await mall.WaitForExitAsync(Cancel);

        printed.AddRange((await mall.StandardOutput.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(0, mall.ExitCode);
        Assert.Empty(await errors);
        Assert.Equal([".mallbots"], home.EnumerateFileSystemInfos().Select(left => left.Name).Where(name => !name.StartsWith(".dotnet", StringComparison.Ordinal)));
        home.Delete(recursive: true);
        return printed;
    }
}
