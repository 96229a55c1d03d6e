using System.Net.Sockets;
using MallBots.Contracts;
using MallBots.TestKit;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>A machine with a replica of each app, to be killed as a whole, or app by app where each program is a process of its own.</summary>
sealed class Node(string name, IReadOnlyCollection<string> apps, Func<Replica, IEnumerable<IReadOnlyList<string>>> lines, bool processEach, string token) : IAsyncDisposable
{
    readonly Dictionary<string, Replica> replicas = Place(name, apps);
    readonly Dictionary<string, List<ChildProcess>> running = [];
    MallDriver? gateway;

    /// <summary>Its name, and that of its replicas.</summary>
    public string Name => name;

    public IReadOnlyCollection<Replica> Replicas => replicas.Values;

    public Replica this[string app] => replicas[app];

    /// <summary>The gateway on this node.</summary>
    public MallDriver Gateway => gateway ??= new MallDriver(this[Apps.Gateway].Address);

    /// <summary>Starts everything on it at once; returns when every service is ready.</summary>
    public async Task Start()
    {
        if (processEach)
        {
            foreach (var app in replicas.Keys) StartProcesses(app);
        }
        else
        {
            var all = replicas.Values.SelectMany(lines).Aggregate(new List<string>(), (before, line) => [.. before, .. before.Count > 0 ? [MallNode.Program.And] : Array.Empty<string>(), .. line]);
            running[""] = [Process("MallBots.MallNode", all)];
        }

        await Task.WhenAll(replicas.Keys.Select(Ready));
    }

    /// <summary>Starts the replica of one app again.</summary>
    public Task Start(string app)
    {
        StartProcesses(app);
        return Ready(app);
    }

    /// <summary>SIGKILL for all of it.</summary>
    public Task Kill() => Task.WhenAll(running.Keys.ToList().Select(Kill));

    /// <summary>SIGKILL for all of it at a moment at which the condition holds. It stands still (SIGSTOP) while it is looked at, so what was seen is what it leaves.</summary>
    /// <param name="condition">Asks nobody on this node.</param>
    /// <param name="what">What is waited for.</param>
    public async Task KillWhen(Func<Task<bool>> condition, string what)
    {
        var processes = running.Values.SelectMany(of => of).Select(child => child.Process).ToList();
        await Eventually.True(async () =>
        {
            await Task.WhenAll(processes.Select(process => process.Suspend()));
            if (await condition()) return true;
            processes.ForEach(process => process.Resume());
            return false;
        }, what: what);
        await Kill();
    }

    /// <summary>SIGKILL for the replica of one app, service and sidecar.</summary>
    public async Task Kill(string app)
    {
        if (!running.Remove(app, out var processes)) return;
        await Task.WhenAll(processes.Select(process => process.DisposeAsync().AsTask()));
    }

    public async ValueTask DisposeAsync()
    {
        gateway?.Dispose();
        await Kill();
    }

    static Dictionary<string, Replica> Place(string name, IReadOnlyCollection<string> apps)
    {
        var first = FreePorts.Row(apps.Count * Replica.Ports);
        return apps.Select((app, number) => new Replica(app, name, first + number * Replica.Ports)).ToDictionary(replica => replica.App);
    }

    void StartProcesses(string app) => running[app] = [.. lines(this[app]).Select(line => Process(line[0], line.Skip(1)))];

    ChildProcess Process(string assembly, IEnumerable<string> arguments) =>
        ChildProcess.Start($"{assembly}.dll", arguments, [new("DAPR_API_TOKEN", token), new("APP_API_TOKEN", token)]);

    async Task Ready(string app)
    {
        using var http = WatchedHttp.Client(this[app].Address);
        await Eventually.True(async () =>
        {
            running[processEach ? app : ""].ForEach(process => process.DemandRunning());
            try
            {
                using var answer = await http.GetAsync("/readyz");
                return answer.IsSuccessStatusCode;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or SocketException)
            {
                return false;
            }
        }, processEach ? TimeSpan.FromMinutes(5) : TimeSpan.FromMinutes(2), $"{app} is ready on {name}");
    }
}
