using System.CommandLine;
using System.Diagnostics;
using MallBots.Local.Audit;
using MallBots.Local.Demo;
using Spectre.Console;

namespace MallBots.Local;

/// <summary>The commands of <c>dotnet run --project local</c>.</summary>
public static class CommandLine
{
    /// <summary>Exit code of a process that was stopped by Ctrl-C in the middle of the demo.</summary>
    const int Interrupted = 130;

    /// <summary>Reads the command line and does what it says.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var data = new Option<string?>("--data") { Description = "Folder that keeps everything (run: .mallbots; demo: a fresh temporary one)", HelpName = "DIR" };
        var memory = new Option<bool>("--memory") { Description = "Keep everything in memory; it is gone at the end" };
        var components = new Option<string?>("--components") { Description = "Folder of other engines' components, such as components/redis", HelpName = "DIR" };
        var verbose = new Option<bool>("--verbose") { Description = "Log what the services and sidecars do" };
        var portOffset = new Option<int>("--port-offset") { Description = "Added to every port, 5100 to 5109", HelpName = "N" };
        foreach (var shared in new Option[] { data, memory, components, verbose }) shared.Recursive = true;

        var url = new Option<string?>("--url") { Description = "Drive the mall whose gateway is at this address, instead of starting one", HelpName = "URL" };
        var resume = new Option<bool>("--resume") { Description = "Wait until the unfinished orders of --data or --url are ready, and pay them" };
        var deadline = new Option<int?>("--deadline") { Description = "Seconds in which everything must have been seen (120)", HelpName = "SECONDS" };

        var demo = new Command("demo", "Tells the story of the mall over its public APIs, from an empty mall to a completed order") { url, resume, deadline };
        var audited = new Option<string?>("--url") { Description = "Address of the gateway; APP_API_TOKEN in the environment opens what only the services know", HelpName = "URL" };
        var within = new Option<int?>("--within") { Description = "Seconds to wait for quiet, and for findings to go away (60)", HelpName = "SECONDS" };
        var audit = new Command("audit", "Checks what must hold, always, in a mall that runs on --data or at --url; 1 when something does not") { audited, within };
        var run = new RootCommand("Runs the whole mall, ten services and their sidecars, in this process") { data, memory, components, verbose, portOffset, demo, audit };

        LocalMallOptions Mall(ParseResult given, string? folder, Ports ports) => new()
        {
            DataFolder = given.GetValue(memory) ? null : folder,
            ComponentsFolder = given.GetValue(components),
            Ports = ports,
            LogLevel = given.GetValue(verbose) ? LogLevel.Information : LogLevel.Warning,
        };

        run.Validators.Add(given =>
        {
            if (given.GetValue(memory) && given.GetValue(data) is not null) given.AddError("--memory and --data exclude each other.");
            if (given.GetValue(portOffset) is < -4000 or > 60000) given.AddError("--port-offset must leave the ports between 1100 and 65109.");
        });
        demo.Validators.Add(given =>
        {
            if (given.GetValue(resume) && given.GetValue(url) is null && given.GetValue(data) is null) given.AddError("--resume needs --data DIR or --url URL.");
            if (given.GetValue(url) is not null && given.GetValue(data) is not null) given.AddError("--url and --data exclude each other.");
            if (given.GetValue(url) is { } address && !Uri.IsWellFormedUriString(address, UriKind.Absolute))
                given.AddError("--url must be an absolute address, such as http://localhost:5100.");
            if (given.GetValue(deadline) < 1) given.AddError("--deadline must be at least 1.");
        });

        audit.Validators.Add(given =>
        {
            if (given.GetValue(audited) is null == given.GetValue(data) is null) given.AddError("audit needs --data DIR or --url URL.");
            if (given.GetValue(audited) is { } address && !Uri.IsWellFormedUriString(address, UriKind.Absolute))
                given.AddError("--url must be an absolute address, such as http://localhost:5100.");
            if (given.GetValue(within) < 1) given.AddError("--within must be at least 1.");
        });

        run.SetAction((given, stop) => OneLineOnErrors(() =>
            RunMall(Mall(given, given.GetValue(data) ?? ".mallbots", Ports.Fixed(given.GetValue(portOffset))), stop)));
        demo.SetAction((given, stop) => OneLineOnErrors(() =>
        {
            var options = new DemoOptions { Resume = given.GetValue(resume), Deadline = TimeSpan.FromSeconds(given.GetValue(deadline) ?? 120) };
            return given.GetValue(url) is { } gateway
                ? Demonstration.RunAsync(new Uri(gateway), options, Console.Out, TimeProvider.System, stop)
                : DemoOnOwnMall(Mall(given, given.GetValue(data), Ports.Free), fresh: !given.GetValue(memory) && given.GetValue(data) is null, options, stop);
        }));

        audit.SetAction((given, stop) => OneLineOnErrors(() => AuditMall(
            given.GetValue(data) is { } folder
                ? MallAccess.Of(folder)
                : MallAccess.At(new Uri(given.GetValue(audited)!), Environment.GetEnvironmentVariable("APP_API_TOKEN")),
            TimeSpan.FromSeconds(given.GetValue(within) ?? 60), stop)));

        var parsed = run.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await Console.Error.WriteLineAsync(string.Join(' ', parsed.Errors.Select(error => error.Message)));
            return 1;
        }

        // Ctrl-C and SIGTERM cancel the action's token; the services then have this long to finish what they are doing.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });
    }

    static async Task<int> RunMall(LocalMallOptions options, CancellationToken stop)
    {
        await using var mall = await LocalMall.StartAsync(options, stop);
        Banner.Write(AnsiConsole.Console, mall, TimeProvider.System.GetLocalNow() - Process.GetCurrentProcess().StartTime);

        var stopped = new TaskCompletionSource();
        await using var registration = stop.Register(stopped.SetResult);
        await stopped.Task;
        return 0;
    }

    static async Task<int> DemoOnOwnMall(LocalMallOptions mallOptions, bool fresh, DemoOptions options, CancellationToken stop)
    {
        if (fresh) mallOptions = mallOptions with { DataFolder = Directory.CreateTempSubdirectory("mallbots-demo-").FullName };
        int exitCode;
        await using (var mall = await LocalMall.StartAsync(mallOptions, stop))
        {
            exitCode = await Demonstration.RunAsync(mall[Contracts.Apps.Gateway], options, Console.Out, TimeProvider.System, stop);
        }

        if (!fresh) return exitCode;
        if (exitCode == 0) Directory.Delete(mallOptions.DataFolder!, recursive: true);
        else Console.WriteLine($"The mall is kept in {mallOptions.DataFolder}");
        return exitCode;
    }

    static async Task<int> AuditMall(MallAccess access, TimeSpan within, CancellationToken stop)
    {
        var report = await Auditor.Audit(access, new AuditOptions { Within = within }, TimeProvider.System, stop);
        report.WriteTo(Console.Out);
        return report.Violations.Count == 0 ? 0 : 1;
    }

    static async Task<int> OneLineOnErrors(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (LocalMallException cannotStart)
        {
            await Console.Error.WriteLineAsync(cannotStart.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
    }
}
