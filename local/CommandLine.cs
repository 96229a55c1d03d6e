using System.CommandLine;
using System.Diagnostics;
using MallBots.Local.Audit;
using MallBots.Local.Demo;
using MallBots.Local.Examination;
using Spectre.Console;

namespace MallBots.Local;

/// <summary>The commands of <c>dotnet run --project local</c>.</summary>
public static class CommandLine
{
    const string DefaultFolder = ".mallbots";
    const int LongestPatience = 24 * 60 * 60;

    const string Codes =
        "Exit codes: 0 fine; 1 a violation, a step that was not seen, or a problem; 2 the command line is wrong; " +
        "3 there is no mall (it can't start, none runs there, or it does not answer); 130 interrupted.";

    /// <summary>Reads the command line and does what it says, to the console.</summary>
    /// <returns>The process's exit code, one of <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.Out, Console.Error);

    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var data = Options.Folder("--data", $"Folder that keeps everything (run, doctor: {DefaultFolder}; demo: a fresh temporary one; audit: {DefaultFolder} if a mall runs there)");
        var memory = new Option<bool>("--memory") { Description = "Keep everything in memory; it is gone at the end" };
        var components = Options.Folder("--components", "Folder of other engines' components, such as components/redis");
        var verbose = new Option<bool>("--verbose") { Description = "Log what the services and sidecars do" };
        var portOffset = Options.Number("--port-offset", "N", "Added to every port, 5100 to 5109", -4000, 60_000);
        var url = Options.Address("--url", "Address of the gateway of a mall that runs, instead of starting one (demo) or of --data (audit)");
        var resume = new Option<bool>("--resume") { Description = "Wait until the unfinished orders of --data or --url are ready, and pay them" };
        var deadline = Options.Number("--deadline", "SECONDS", "Seconds in which everything must have been seen (120)", 1, LongestPatience);
        var within = Options.Number("--within", "SECONDS", "Seconds to wait for quiet, and for findings to go away (60)", 1, LongestPatience);
        var purpose = Options.OneOf("--for", "What is to be run: the local mall (local, as if nothing is said) or the services on the Dapr runtime (dapr)", "local", "dapr");

        var demo = new Command("demo", "Tells the story of the mall over its public APIs, from an empty mall to a completed order")
        {
            data, memory, components, verbose, url, resume, deadline,
        };
        var audit = new Command("audit", "Checks what must hold, always, in a mall that runs; with APP_API_TOKEN in the environment also at --url what only the services know")
        {
            data, url, within,
        };
        var doctor = new Command("doctor", "Looks for what keeps a mall from running on this machine, and says how to mend it")
        {
            data, memory, components, portOffset, purpose,
        };
        var run = new RootCommand($"Runs the whole mall, ten services and their sidecars, in this process. {Codes}")
        {
            data, memory, components, verbose, portOffset, demo, audit, doctor,
        };

        LocalMallOptions Mall(ParseResult given, string? folder, Ports ports) => new()
        {
            DataFolder = given.GetValue(memory) ? null : folder,
            ComponentsFolder = given.GetValue(components),
            Ports = ports,
            LogLevel = given.GetValue(verbose) ? LogLevel.Information : LogLevel.Warning,
        };

        run.SetAction((given, stop) => OneLineOnErrors(errors, () =>
        {
            Exclude(given, memory, data);
            return RunMall(Mall(given, given.GetValue(data) ?? DefaultFolder, Ports.Fixed(given.GetValue(portOffset) ?? 0)), stop);
        }));
        demo.SetAction((given, stop) => OneLineOnErrors(errors, () =>
        {
            Refuse(given, "demo", portOffset);
            Exclude(given, memory, data);
            foreach (var ofOwnMall in new Option[] { data, memory, components }) Exclude(given, url, ofOwnMall);
            if (given.GetValue(resume) && !given.IsGiven(url) && !given.IsGiven(data)) throw new UsageException("--resume needs --data DIR or --url URL.");
            var options = new DemoOptions { Resume = given.GetValue(resume), Deadline = TimeSpan.FromSeconds(given.GetValue(deadline) ?? 120) };
            return given.GetValue(url) is { } gateway
                ? Demonstration.RunAsync(gateway, options, output, TimeProvider.System, stop)
                : DemoOnOwnMall(Mall(given, given.GetValue(data), Ports.Free), fresh: !given.GetValue(memory) && !given.IsGiven(data), options, output, stop);
        }));
        audit.SetAction((given, stop) => OneLineOnErrors(errors, () =>
        {
            foreach (var ofOwnMall in new Option[] { memory, components, verbose, portOffset }) Refuse(given, "audit", ofOwnMall);
            Exclude(given, url, data);
            var access = given.GetValue(url) is { } gateway
                ? MallAccess.At(gateway, Environment.GetEnvironmentVariable("APP_API_TOKEN"))
                : MallOf(given.GetValue(data));
            return AuditMall(access, TimeSpan.FromSeconds(given.GetValue(within) ?? 60), output, stop);
        }));
        doctor.SetAction((given, stop) => OneLineOnErrors(errors, () =>
        {
            Refuse(given, "doctor", verbose);
            Exclude(given, memory, data);
            var options = new DoctorOptions
            {
                DataFolder = given.GetValue(memory) ? null : given.GetValue(data) ?? DefaultFolder,
                ComponentsFolder = given.GetValue(components),
                PortOffset = given.GetValue(portOffset) ?? 0,
                ForDapr = given.GetValue(purpose) == "dapr",
            };
            return Examine(options, output, stop);
        }));

        var parsed = run.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await errors.WriteLineAsync(string.Join(' ', parsed.Errors.Select(error => error.Message.ReplaceLineEndings(" ")).Distinct()));
            return ExitCodes.Usage;
        }

        // Ctrl-C and SIGTERM cancel the action's token; the services then have this long to finish what they are doing.
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });
    }

    /// <summary>The options of the program may stand before the command too, where the parser takes those that it has no use for.</summary>
    static void Refuse(ParseResult given, string command, Option option)
    {
        if (given.IsGiven(option)) throw new UsageException($"{command} has no use for {option.Name}.");
    }

    static void Exclude(ParseResult given, Option one, Option other)
    {
        if (given.IsGiven(one) && given.IsGiven(other)) throw new UsageException($"{one.Name} and {other.Name} exclude each other.");
    }

    /// <summary>The mall that runs on the folder that was named, or on the folder of a mall that was started without a word.</summary>
    static MallAccess MallOf(string? folder)
    {
        if (folder is null && !DataFolder.IsInUse(DefaultFolder))
            throw new UsageException($"No mall runs on {Path.GetFullPath(DefaultFolder)}: audit wants --data DIR, the folder of one that runs, or --url URL, the address of its gateway.");
        var access = MallAccess.Of(folder ?? DefaultFolder);
        return DataFolder.IsInUse(folder ?? DefaultFolder)
            ? access
            : throw new LocalMallException($"No mall runs on the folder {Path.GetFullPath(folder!)}: the last one was killed. Started again, it goes on where it was.");
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

    static async Task<int> DemoOnOwnMall(LocalMallOptions mallOptions, bool fresh, DemoOptions options, TextWriter output, CancellationToken stop)
    {
        if (fresh) mallOptions = mallOptions with { DataFolder = Directory.CreateTempSubdirectory("mallbots-demo-").FullName };
        int exitCode;
        await using (var mall = await LocalMall.StartAsync(mallOptions, stop))
        {
            exitCode = await Demonstration.RunAsync(mall[Contracts.Apps.Gateway], options, output, TimeProvider.System, stop);
        }

        if (!fresh) return exitCode;
        if (exitCode == 0) Directory.Delete(mallOptions.DataFolder!, recursive: true);
        else output.WriteLine($"The mall is kept in {mallOptions.DataFolder}");
        return exitCode;
    }

    static async Task<int> AuditMall(MallAccess access, TimeSpan within, TextWriter output, CancellationToken stop)
    {
        var report = await Auditor.Audit(access, new AuditOptions { Within = within }, TimeProvider.System, stop);
        report.WriteTo(output);
        return report.Violations.Count == 0 ? ExitCodes.Fine : ExitCodes.NotAsItShould;
    }

    static async Task<int> Examine(DoctorOptions options, TextWriter output, CancellationToken stop)
    {
        var report = await Doctor.Examine(options, stop);
        report.WriteTo(output);
        return report.Problems == 0 ? ExitCodes.Fine : ExitCodes.NotAsItShould;
    }

    static async Task<int> OneLineOnErrors(TextWriter errors, Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (UsageException wrong)
        {
            await errors.WriteLineAsync(wrong.Message);
            return ExitCodes.Usage;
        }
        catch (LocalMallException cannot)
        {
            await errors.WriteLineAsync(cannot.Message.ReplaceLineEndings(" "));
            return ExitCodes.NoMall;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }
}
