using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.Local.Examination;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>doctor names each problem in one line, with the command that mends it, and has none where there is none.</summary>
public sealed class DoctorTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-doctor-");
    readonly Dictionary<string, string?> environment;
    readonly int offset = FreePorts.Row(Apps.Ports.Count) - Apps.Ports.Values.Min();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public DoctorTests()
    {
        environment = new Dictionary<string, string?>
        {
            ["PATH"] = Directory.CreateDirectory(Path.Combine(folder.FullName, "bin")).FullName,
            ["HOME"] = folder.FullName,
            ["USERPROFILE"] = folder.FullName,
            ["APP_API_TOKEN"] = "a",
            ["DAPR_API_TOKEN"] = "d",
        };
        Fake("bin/dotnet", "echo '9.0.100 [/usr/share/dotnet/sdk]'; echo '10.0.102 [/usr/share/dotnet/sdk]'");
        Fake("bin/dapr", "echo 'CLI version: 1.18.0 '; echo 'Runtime version: 1.18.3'");
        Fake(".dapr/bin/daprd", "echo 1.18.3");
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_machine_that_has_all_has_no_problem()
    {
        var local = await Examine();
        Assert.True(local.Problems == 0, Text(local));
        Assert.Contains(local.Findings, finding => finding is { Verdict: Verdict.Note, Subject: "Dapr runtime" });

        await using var redis = await RedisServer.StartAsync();
        using var placement = Listen();
        using var scheduler = Listen();
        var dapr = await Examine(options => ForDapr(options, placement, scheduler) with { ComponentsFolder = Redis(redis.Host) });
        Assert.True(dapr.Problems == 0, Text(dapr));
        Assert.Single(dapr.Findings, finding => finding.Subject == "Redis"); // Two components name it; it is asked once.
    }

    [Theory]
    [InlineData("bin/dotnet", "echo '9.0.100 [/usr]'", ".NET SDK", "dotnet-install.sh")]
    [InlineData("bin/dotnet", "echo '10.0.099 [/usr]'; echo '11.0.100 [/usr]'", ".NET SDK", "dotnet-install.sh")]
    [InlineData("bin/dotnet", "exit 1", ".NET SDK", "dotnet-install.sh")]
    [InlineData("bin/dotnet", null, ".NET SDK", "dotnet-install.sh")]
    [InlineData("bin/dapr", null, "Dapr CLI", "install.sh")]
    [InlineData("bin/dapr", "exit 3", "Dapr CLI", "install.sh")]
    [InlineData("bin/dapr", "echo nonsense", "Dapr CLI", "install.sh")]
    [InlineData(".dapr/bin/daprd", null, "Dapr runtime", "dapr init")]
    [InlineData(".dapr/bin/daprd", "exit 1", "Dapr runtime", "dapr init")]
    [InlineData(".dapr/bin/daprd", "echo edge", "Dapr runtime", "dapr init")]
    [InlineData(".dapr/bin/daprd", "echo 1.18.1", "Dapr runtime", "dapr uninstall && dapr init")]
    [InlineData(".dapr/bin/daprd", "echo 1.9.5", "Dapr runtime", "dapr uninstall && dapr init")]
    public async Task A_program_that_is_missing_broken_or_old_is_a_problem(string path, string? script, string subject, string remedy)
    {
        if (script is null) File.Delete(Path.Combine(folder.FullName, path));
        else Fake(path, script);
        using var control = Listen();
        var report = await Examine(options => ForDapr(options, control, control) with { ComponentsFolder = Nothing() });
        Assert.Contains(remedy, TheProblem(report, subject).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_placement_scheduler_and_tokens_nothing_runs_on_Dapr_but_a_local_mall_does()
    {
        environment.Remove("APP_API_TOKEN");
        environment["DAPR_API_TOKEN"] = "";
        foreach (var program in new[] { "bin/dapr", ".dapr/bin/daprd" }) File.Delete(Path.Combine(folder.FullName, program));

        var local = await Examine();
        Assert.True(local.Problems == 0, Text(local));

        var report = await Examine(options => options with { ForDapr = true, ComponentsFolder = Nothing(), ControlPlane = (FreePorts.Row(1), FreePorts.Row(1)) });
        string[] subjects = ["placement", "scheduler", "APP_API_TOKEN", "DAPR_API_TOKEN", "Dapr CLI", "Dapr runtime"];
        Assert.Equal(subjects.Order(), report.Findings.Where(finding => finding.Verdict == Verdict.Problem).Select(finding => finding.Subject).Order());
        Assert.Contains(report.Findings, finding => finding.Remedy is { } remedy && remedy.StartsWith("docker start dapr_placement", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Remedy is { } remedy && remedy.StartsWith("docker start dapr_scheduler", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Remedy == "export APP_API_TOKEN=$(openssl rand -hex 16)");
        Assert.Contains(report.Findings, finding => finding.Remedy == "export DAPR_API_TOKEN=$(openssl rand -hex 16)");
    }

    [Fact]
    public async Task A_port_in_use_names_the_process_and_the_app()
    {
        using var taken = new TcpListener(IPAddress.Loopback, Apps.Ports[Apps.Baskets] + offset);
        taken.Start();
        var problem = TheProblem(await Examine(), "ports");
        Assert.Contains($"{Apps.Ports[Apps.Baskets] + offset} ({Apps.Baskets})", problem.Text, StringComparison.Ordinal);
        if (!OperatingSystem.IsLinux()) return;
        Assert.Contains($"process {Environment.ProcessId}", problem.Text, StringComparison.Ordinal);
        Assert.StartsWith($"kill {Environment.ProcessId}", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sidecar_that_was_left_behind_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells command lines.");
        Fake("daprd", "read line");
        await using var left = Left.Start(Path.Combine(folder.FullName, "daprd"), "--app-id", Apps.Depot, "--other");
        using var control = Listen();
        var problem = TheProblem(await Examine(options => ForDapr(options, control, control) with { ComponentsFolder = Nothing() }), "sidecars");
        Assert.Contains($"the daprd of {Apps.Depot} still runs as process {left.Id}", problem.Text, StringComparison.Ordinal);
        Assert.Contains($"kill {left.Id}", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mall_that_runs_on_the_folder_is_fine_one_that_was_killed_is_told_and_one_that_is_silent_is_a_problem()
    {
        var data = Path.Combine(folder.FullName, "data");
        await using (var mall = await LocalMall.StartAsync(new LocalMallOptions { DataFolder = data, Ports = Ports.Fixed(offset) }, Cancel))
        {
            var runs = await Examine(options => options with { DataFolder = data });
            Assert.True(runs.Problems == 0, Text(runs));
            Assert.Contains(runs.Findings, finding => finding.Subject == "mall" && finding.Text.Contains($"process {Environment.ProcessId}", StringComparison.Ordinal));

            await mall.StopServiceAsync(Apps.Gateway);
            var silent = TheProblem(await Examine(options => options with { DataFolder = data }), "other mall");
            Assert.Equal($"kill -9 {Environment.ProcessId}", silent.Remedy);
            File.Copy(Path.Combine(data, "access.json"), Path.Combine(data, "left.json"));
        }

        File.Move(Path.Combine(data, "left.json"), Path.Combine(data, "access.json"));
        var killed = await Examine(options => options with { DataFolder = data });
        Assert.True(killed.Problems == 0, Text(killed));
        Assert.Contains(killed.Findings, finding => finding is { Verdict: Verdict.Note, Subject: "last mall" } && finding.Text.Contains($"process {Environment.ProcessId} was killed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_data_folder_that_is_a_file_is_a_problem()
    {
        var file = Path.Combine(folder.FullName, "file");
        await File.WriteAllTextAsync(file, "", Cancel);
        foreach (var data in new[] { file, Path.Combine(file, "below") })
            Assert.Contains("is a file", TheProblem(await Examine(options => options with { DataFolder = data }), "data folder").Text, StringComparison.Ordinal);
        Assert.False(Directory.EnumerateFiles(folder.FullName, ".doctor-*").Any());
    }

    [Theory]
    [InlineData("sesame", "", "NOAUTH", "set redisPassword")]
    [InlineData("sesame", "open", "WRONGPASS", "correct redisPassword")]
    public async Task A_wrong_password_of_Redis_is_said_to_be_one(string password, string given, string reason, string remedy)
    {
        await using var redis = await RedisServer.StartAsync(password: password);
        var problem = TheProblem(await Examine(options => options with { ComponentsFolder = Redis(redis.Host, given) }), "Redis");
        Assert.Contains(reason, problem.Text, StringComparison.Ordinal);
        Assert.Contains(redis.Host, problem.Text, StringComparison.Ordinal);
        Assert.StartsWith(remedy, problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Redis_that_is_away_and_a_password_from_a_secret_store_are_told_apart()
    {
        var port = FreePorts.Row(1);
        Assert.Contains("nobody listens there", TheProblem(await Examine(options => options with { ComponentsFolder = Redis($"127.0.0.1:{port}") }), "Redis").ToString(), StringComparison.Ordinal);

        await using var redis = await RedisServer.StartAsync(password: "sesame");
        var components = Redis(redis.Host);
        var secrets = Path.Combine(components, "store.json");
        await File.WriteAllTextAsync(secrets, """{"redis":"sesame"}""", Cancel);
        await File.WriteAllTextAsync(Path.Combine(components, "store.yaml"),
            $"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: vault}}\nspec:\n  type: secretstores.local.file\n  version: v1\n  metadata: [{{name: secretsFile, value: '{secrets}'}}]\n", Cancel);
        foreach (var file in Directory.GetFiles(components, "*.yaml").Where(file => File.ReadAllText(file).Contains("redisPassword", StringComparison.Ordinal)))
            await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Cancel))
                .Replace("      value: \"\"", "      secretKeyRef: {name: redis, key: redis}", StringComparison.Ordinal).Replace("secretStore: environment", "secretStore: vault", StringComparison.Ordinal), Cancel);
        var report = await Examine(options => options with { ComponentsFolder = components });
        Assert.True(report.Problems == 0, Text(report));
    }

    [Fact]
    public async Task A_Kafka_is_asked_for_its_versions()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var kafka = new FakeServer(FakeServer.ApiVersions);
        await using var web = new FakeServer(_ => "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        using var control = Listen();
        Task<DoctorReport> With(string brokers) => Examine(options => ForDapr(options, control, control) with { ComponentsFolder = Kafka(redis.Host, brokers) });

        Assert.Equal(0, (await With(kafka.Address)).Problems);
        Assert.Equal(0, (await With($"127.0.0.1:1,{kafka.Address}")).Problems);
        Assert.Contains($"what listens at {web.Address} does not answer as Kafka does", TheProblem(await With(web.Address), "Kafka").Text, StringComparison.Ordinal);
        Assert.Contains("nobody listens at 127.0.0.1:1", TheProblem(await With("127.0.0.1:1"), "Kafka").Text, StringComparison.Ordinal);
        Assert.Contains("no host:port", TheProblem(await With("somewhere:else"), "Kafka").Text, StringComparison.Ordinal);

        var local = await Examine(options => options with { ComponentsFolder = Kafka(redis.Host, kafka.Address) });
        Assert.Contains("pubsub.kafka, which the embedded sidecars do not have", TheProblem(local, "components").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Search__Postgres", "Host=127.0.0.1;Port=1;Username=x;Timeout=1", "does not answer")]
    [InlineData("Search__Postgres", "Hots=127.0.0.1", "can't be read")]
    [InlineData("Search__PostgresSecret", "no-such-secret", "is in no secret store")]
    public async Task A_PostgreSQL_of_search_that_can_not_be_used_is_a_problem(string setting, string value, string reason)
    {
        environment[setting] = value;
        Assert.Contains(reason, TheProblem(await Examine(), "PostgreSQL").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PostgreSQL_that_refuses_says_why()
    {
        await using var postgres = new FakeServer(_ => FakeServer.PostgresError("28P01", "password authentication failed for user \"x\""));
        environment["Search__Postgres"] = $"Host=127.0.0.1;Port={postgres.Address.Split(':')[1]};Username=x;Password=y;SSL Mode=Disable;GSS Encryption Mode=Disable";
        Assert.Contains("password authentication failed for user \"x\" (28P01)", TheProblem(await Examine(), "PostgreSQL").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_PostgreSQL_of_the_components_is_asked_once_with_the_password_that_they_name()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var postgres = new FakeServer(_ => FakeServer.PostgresError("28P01", "password authentication failed for user \"mallbots\""));
        using var control = Listen();
        var components = Write("postgres", redis.Host, text => text.Replace("localhost:5432/mallbots", $"{postgres.Address}/mallbots?sslmode=disable", StringComparison.Ordinal));
        var problem = TheProblem(await Examine(options => ForDapr(options, control, control) with { ComponentsFolder = components }), "PostgreSQL");
        Assert.Equal($"{postgres.Address}, database mallbots: password authentication failed for user \"mallbots\" (28P01)", problem.Text);
        Assert.Contains("statestore.yaml", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_component_that_can_not_be_read_is_named_with_its_line()
    {
        var components = Nothing();
        await File.WriteAllTextAsync(Path.Combine(components, "bad.yaml"), "kind: Component\n  metadata", Cancel);
        Assert.Contains("bad.yaml:", TheProblem(await Examine(options => options with { ComponentsFolder = components }), "components").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_prints_a_line_for_each_and_ends_with_1_when_there_is_a_problem()
    {
        var file = Path.Combine(folder.FullName, "file");
        await File.WriteAllTextAsync(file, "", Cancel);
        using StringWriter output = new(), errors = new();
        Assert.Equal(1, await CommandLine.RunAsync(["doctor", "--port-offset", $"{offset}", "--data", file], output, errors));
        Assert.Contains(output.ToString().Split('\n'), line => line.StartsWith("PROBLEM", StringComparison.Ordinal) && line.Contains(" -> ", StringComparison.Ordinal));
        Assert.EndsWith("1 problem.\n", output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);

        using StringWriter fine = new();
        Assert.True(await CommandLine.RunAsync(["doctor", "--port-offset", $"{offset}", "--memory"], fine, errors) == 0, fine.ToString());
        Assert.EndsWith("No problem was found.\n", fine.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    Task<DoctorReport> Examine(Func<DoctorOptions, DoctorOptions>? change = null)
    {
        var options = new DoctorOptions { DataFolder = Path.Combine(folder.FullName, "data"), PortOffset = offset, Variable = environment.GetValueOrDefault };
        return Doctor.Examine(change is null ? options : change(options), Cancel);
    }

    static DoctorOptions ForDapr(DoctorOptions options, TcpListener placement, TcpListener scheduler) => options with
    {
        ForDapr = true,
        ControlPlane = (((IPEndPoint)placement.LocalEndpoint).Port, ((IPEndPoint)scheduler.LocalEndpoint).Port),
    };

    static Finding TheProblem(DoctorReport report, string subject)
    {
        var problem = Assert.Single(report.Findings, finding => finding.Verdict == Verdict.Problem);
        Assert.Equal(subject, problem.Subject);
        Assert.False(string.IsNullOrWhiteSpace(problem.Remedy), problem.ToString());
        Assert.DoesNotContain('\n', problem.ToString());
        return problem;
    }

    static string Text(DoctorReport report)
    {
        using var text = new StringWriter();
        report.WriteTo(text);
        return text.ToString();
    }

    /// <summary>A folder of components that need no engine.</summary>
    string Nothing() => Directory.CreateDirectory(Path.Combine(folder.FullName, "nothing")).FullName;

    string Redis(string host, string password = "") => Write("redis", host, text => text.Replace("      secretKeyRef:\n        name: MALLBOTS_REDIS_PASSWORD", $"      value: \"{password}\"", StringComparison.Ordinal));

    string Kafka(string redis, string brokers) => Write("kafka", redis, text => text.Replace("localhost:9092", brokers, StringComparison.Ordinal));

    string Write(string engine, string redis, Func<string, string> change)
    {
        var to = Path.Combine(folder.FullName, "components");
        RedisDatabase.Write(Path.Combine(AppContext.BaseDirectory, "components", engine), to, redis);
        foreach (var file in Directory.GetFiles(to, "*.yaml")) File.WriteAllText(file, change(File.ReadAllText(file)));
        return to;
    }

    /// <summary>A program of this machine, as a script.</summary>
    void Fake(string path, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The fake programs are shell scripts.");
        var file = Path.Combine(folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    /// <summary>A process that somebody has forgotten.</summary>
    sealed class Left(System.Diagnostics.Process process) : IAsyncDisposable
    {
        public int Id => process.Id;

        public static Left Start(string path, params string[] arguments) =>
            new(System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(path, arguments) { RedirectStandardInput = true })!);

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>Answers the first thing that it hears on each connection.</summary>
    sealed class FakeServer : IAsyncDisposable
    {
        readonly TcpListener listener = Listen();
        readonly CancellationTokenSource stop = new();
        readonly Task serving;

        public FakeServer(Func<byte[], byte[]> answer) => serving = Serve(answer);

        public string Address => listener.LocalEndpoint.ToString()!;

        /// <summary>Kafka's: length, correlation, no error, no versions.</summary>
        public static byte[] ApiVersions(byte[] request)
        {
            var answer = new byte[14];
            BinaryPrimitives.WriteInt32BigEndian(answer, 10);
            request.AsSpan(8, 4).CopyTo(answer.AsSpan(4));
            return answer;
        }

        /// <summary>PostgreSQL's ErrorResponse.</summary>
        public static byte[] PostgresError(string state, string message)
        {
            var fields = System.Text.Encoding.UTF8.GetBytes($"SFATAL\0VFATAL\0C{state}\0M{message}\0\0");
            var answer = new byte[5 + fields.Length];
            answer[0] = (byte)'E';
            BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(1), 4 + fields.Length);
            fields.CopyTo(answer, 5);
            return answer;
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await serving;
            listener.Dispose();
            stop.Dispose();
        }

        async Task Serve(Func<byte[], byte[]> answer)
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(stop.Token);
                    var stream = client.GetStream();
                    var request = new byte[1024];
                    var read = await stream.ReadAsync(request, stop.Token);
                    await stream.WriteAsync(answer(request[..read]), stop.Token);
                    client.Client.Shutdown(SocketShutdown.Send);
                    await stream.ReadAtLeastAsync(request, 1, throwOnEndOfStream: false, stop.Token);
                }
            }
            catch (Exception over) when (over is OperationCanceledException or IOException)
            {
                // The test is through, or whoever asked has had enough.
            }
        }
    }
}
