using System.CommandLine;
using System.Globalization;
using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.Standalone;

/// <summary>The command line of the standalone sidecar: daprd's own flags, and daprd's own environment variables where a flag is absent.</summary>
internal static class CommandLine
{
    const int DefaultHttpPort = 3500;
    const int DefaultGrpcPort = 50001;

    // Everything is to be over within two seconds of SIGTERM.
    static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    /// <summary>Reads the command line and runs the sidecar; answers the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var appId = new Option<string?>("--app-id") { Description = "The app's id (or APP_ID)", HelpName = "ID" };
        var appPort = Port("--app-port", "APP_PORT", 0, "Port that the app listens on; without one nothing is delivered to it");
        var httpPort = Port("--dapr-http-port", "DAPR_HTTP_PORT", DefaultHttpPort, "Port of the HTTP API");
        var grpcPort = Port("--dapr-grpc-port", "DAPR_GRPC_PORT", DefaultGrpcPort, "Port of the gRPC API");
        var resources = new Option<string[]>("--resources-path") { Description = "Folder with component YAML; may be repeated", HelpName = "DIR" };
        var data = new Option<string>("--data") { Description = "Folder of relative SQLite files", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var logLevel = new Option<LogLevel>("--log-level")
        {
            Description = "What is logged: debug, information, warning, error",
            HelpName = "LEVEL",
            DefaultValueFactory = _ => LogLevel.Warning,
        };
        var run = new RootCommand("A Dapr-API-compatible sidecar for one app, without Dapr installed") { appId, appPort, httpPort, grpcPort, resources, data, logLevel };
        run.Validators.Add(given =>
        {
            if (AppIdOf(given.GetValue(appId)) is null) given.AddError("--app-id (or APP_ID) is required.");
        });
        run.SetAction((given, stop) => RunAsync(
            new SidecarApp(AppIdOf(given.GetValue(appId))!, given.GetValue(httpPort), given.GetValue(grpcPort)),
            given.GetValue(appPort),
            new SidecarOptions
            {
                ResourcesPaths = given.GetValue(resources) ?? [],
                DataDirectory = given.GetValue(data),
                ApiToken = Variable("DAPR_API_TOKEN"),
                AppApiToken = Variable("APP_API_TOKEN"),
                FindsOtherSidecars = true,
            },
            given.GetValue(logLevel),
            stop));

        var parsed = run.Parse(args);
        if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = StopWithin });

        await Console.Error.WriteLineAsync(string.Join(' ', parsed.Errors.Select(error => error.Message)));
        return 1;
    }

    static async Task<int> RunAsync(SidecarApp app, int appPort, SidecarOptions options, LogLevel logLevel, CancellationToken stop)
    {
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(logLevel).AddSimpleConsole(console => console.SingleLine = true));
        try
        {
            await using var sidecar = await EmbeddedSidecar.StartAsync(options, [app], loggers, cancel: stop);
            var ports = sidecar[app.AppId];
            Console.WriteLine($"sidecar of {app.AppId} is ready: HTTP http://127.0.0.1:{ports.HttpPort}, gRPC http://127.0.0.1:{ports.GrpcPort}");
            if (appPort > 0) sidecar.Connect(app.AppId, appPort);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception mistake) when (mistake is ResourceException or PortInUseException)
        {
            await Console.Error.WriteLineAsync(mistake.Message);
            return 1;
        }
    }

    static Option<int> Port(string name, string variable, int otherwise, string description)
    {
        var port = new Option<int>(name)
        {
            Description = $"{description} (or {variable})",
            HelpName = "N",
            DefaultValueFactory = _ => int.TryParse(Variable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise,
        };
        port.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 0 or > 65535) given.AddError($"{name} must be a port, 0 to 65535.");
        });
        return port;
    }

    static string? AppIdOf(string? given) => given ?? Variable("APP_ID");

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
