using MallBots.Contracts;
using MallBots.Local;
using MallBots.Mall.Tests.Faults;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Messaging;
using MallBots.Sidecar;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>
/// Two replicas of customers on one store, in memory or on Redis (<see cref="FaultEngine"/>): A is a process of its own whose calls to the sidecar a test
/// can hold; B, in this process, sweeps often. Baskets keeps copies of customers; a witness counts what the broker delivers.
/// </summary>
sealed class TwoReplicas : IAsyncDisposable
{
    const string Token = "two-replicas";
    const string Listens = "Now listening on: ";
    readonly Stack<IAsyncDisposable> started = new();
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-two-");
    EmbeddedSidecar sidecars = null!;
    HttpClient toSidecar = null!, toB = null!, toBaskets = null!;

    TwoReplicas()
    {
    }

    /// <summary>A's process.</summary>
    public ChildProcess ProcessA { get; private set; } = null!;

    /// <summary>Between A and the sidecar.</summary>
    public SidecarProxy Proxy { get; private set; } = null!;

    public MallDriver A { get; private set; } = null!;

    public MallDriver B { get; private set; } = null!;

    public Witness Witness { get; private set; } = null!;

    public static async Task<TwoReplicas> Start()
    {
        var replicas = new TwoReplicas();
        try
        {
            await replicas.StartAll();
            return replicas;
        }
        catch
        {
            await replicas.DisposeAsync();
            throw;
        }
    }

    /// <summary>Entries of the customers' journal.</summary>
    public Task<IReadOnlyList<JournalLine>> Journal() => Journals.Read(toSidecar);

    /// <summary>Returns when there are at least this many entries and B has brought all of them to their end.</summary>
    public Task AllIsSwept(int entries) => Eventually.True(
        async () => await Journal() is var lines && lines.Count >= entries && lines.All(line => line.Done), what: $"{entries} entries are done");

    /// <summary>The customer exists once: these events and no more, one place in the list, a copy at baskets of the last version, and no dead letter.</summary>
    public async Task ThereOnce(string customer, params string[] events)
    {
        var kept = await Get<EntityEvents>(toB, $"/internal/customer/{customer}/events");
        Assert.True(kept.Rebuilt);
        Assert.Equal(events, kept.Events.Select(recorded => recorded.Type));
        var listed = (await B.Get("/api/customers?limit=200")).Expect(200).Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("customerId").GetString());
        Assert.Single(listed, customer);
        await Eventually.True(
            async () => (await Get<Page<EntityItem<object>>>(toBaskets, $"/internal/replicas/customers/customer?ids={customer}")).Items is [{ } copy] && copy.Version == events.Length,
            what: $"baskets has version {events.Length} of {customer}");
        Assert.Empty((await Get<Page<DeadLetter>>(toBaskets, "/internal/dead-letters")).Items);
    }

    /// <summary>Returns when whatever the broker was given before has been delivered: it keeps the order.</summary>
    public async Task AllIsDelivered()
    {
        var last = await B.Customer("Zoe");
        await Eventually.True(() => Task.FromResult(Witness.Of($"customer.{last}").Any()), what: "the last event is delivered");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in new IDisposable?[] { A, B, toSidecar, toB, toBaskets }) client?.Dispose();
        while (started.TryPop(out var part)) await part.DisposeAsync();
        folder.Delete(recursive: true);
    }

    async Task StartAll()
    {
        var components = Path.Combine(AppContext.BaseDirectory, "components");
        var engine = FaultEngine.IsRedis ? await OnRedis(Path.Combine(components, "redis")) : Path.Combine(components, "embedded");
        string[] resources = [Folder("common"), Folder("engine")];
        ComponentCopies.SeenBy(Path.Combine(components, "common"), resources[0], Witness.AppId);
        ComponentCopies.HeardBy(engine, resources[1], Witness.AppId, Topics.Customer.Name);
        sidecars = Started(await EmbeddedSidecar.StartAsync(
            new SidecarOptions { ResourcesPaths = resources, AppApiToken = Token },
            [new SidecarApp(Apps.Customers), new SidecarApp(Apps.Baskets), new SidecarApp(Witness.AppId)]));
        Proxy = Started(await SidecarProxy.Start(sidecars[Apps.Customers].GrpcPort));
        // A sweeps once, at its start: what it saves later belongs to the command. However long a call is held, it is not given up.
        ProcessA = Started(ChildProcess.Start("MallBots.Customers.dll", ["--Journal:SweepEvery=01:00:00", "--Calls:Timeout=01:00:00"], Settings(Apps.Customers, "a", Proxy.Address)));
        Witness = Started(await Witness.Start(Topics.Customer));
        var baskets = Started(await Service(Apps.Baskets, []));
        var b = Started(await Service(Apps.Customers, new() { ["Journal:SweepEvery"] = "00:00:00.2", ["Journal:FenceAfter"] = "00:00:00.5" }));
        sidecars.Connect(Apps.Customers, b.Address.Port);
        sidecars.Connect(Apps.Baskets, baskets.Address.Port);
        sidecars.Connect(Witness.AppId, Witness.Port);
        var listens = await ProcessA.Line(line => line.Contains(Listens, StringComparison.Ordinal));
        await Eventually.True(() => Task.FromResult(Proxy.Calls.Any(call => call.Succeeded && call.Reads(Journals.LastChunk))), what: "A has swept");
        A = new MallDriver(new Uri(listens[(listens.IndexOf(Listens, StringComparison.Ordinal) + Listens.Length)..]));
        B = new MallDriver(b.Address);
        toSidecar = WatchedHttp.Client(new Uri($"http://127.0.0.1:{sidecars[Apps.Customers].HttpPort}"));
        (toB, toBaskets) = (Internal(b), Internal(baskets));
    }

    async Task<string> OnRedis(string components)
    {
        var redis = Started(await RedisDatabase.Take());
        redis.WriteComponents(components, Folder("redis"));
        return Folder("redis");
    }

    string Folder(string name) => Path.Combine(folder.FullName, name);

    Task<RunningService> Service(string app, Dictionary<string, string?> settings)
    {
        foreach (var (name, value) in Settings(app, "b", $"http://127.0.0.1:{sidecars[app].GrpcPort}")) settings[name] = value;
        settings["Logging:LogLevel:Default"] = "Warning";
        return RunningService.StartAsync(MallServices.All[app], settings, CancellationToken.None);
    }

    Dictionary<string, string> Settings(string app, string replica, string grpc) => new()
    {
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["DAPR_HTTP_ENDPOINT"] = $"http://127.0.0.1:{sidecars[app].HttpPort}",
        ["DAPR_GRPC_ENDPOINT"] = grpc,
        ["APP_API_TOKEN"] = Token,
        ["Replica:Name"] = replica,
    };

    T Started<T>(T part) where T : IAsyncDisposable
    {
        started.Push(part);
        return part;
    }

    static HttpClient Internal(RunningService service)
    {
        var client = WatchedHttp.Client(service.Address);
        client.DefaultRequestHeaders.Add("dapr-api-token", Token);
        return client;
    }

    static async Task<T> Get<T>(HttpClient client, string path) => KitJson.Read<T>(await client.GetByteArrayAsync(path));
}
