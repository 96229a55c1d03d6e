using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local.Audit;
using MallBots.TestKit;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>
/// The mall twice on one Redis, with standalone sidecars that find one another there: A has every service, B every one but order-workflow, whose instances
/// the runtime places. Search is one database.
/// </summary>
sealed class ReplicatedMall : IAsyncDisposable
{
    const string Token = "replicated";
    readonly DirectoryInfo folder;
    readonly Dictionary<string, HttpClient> sidecars;

    ReplicatedMall(DirectoryInfo folder, Func<Node> a, Func<Node> b)
    {
        (this.folder, A, B) = (folder, a(), b());
        sidecars = A.Replicas.ToDictionary(replica => replica.App, replica =>
        {
            var client = WatchedHttp.Client(replica.Sidecar);
            client.DefaultRequestHeaders.Add("dapr-api-token", Token);
            return client;
        });
    }

    public Node A { get; }

    public Node B { get; }

    /// <summary>How the auditor gets at it: by node A.</summary>
    public MallAccess Access => new(A[Apps.Gateway].Address, A.Replicas.ToDictionary(replica => replica.App, replica => replica.Address), Token);

    /// <summary>Starts both nodes at the same moment; returns when every service is ready.</summary>
    /// <param name="redis">What both keep everything in.</param>
    /// <param name="processEach">Whether every service and every sidecar is a process of its own, or a node is one.</param>
    /// <param name="settings">Configuration of all services.</param>
    /// <param name="ofB">Configuration of those on B.</param>
    public static async Task<ReplicatedMall> Start(
        RedisDatabase redis, bool processEach, IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string> ofB)
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-replicas-");
        var components = Path.Combine(AppContext.BaseDirectory, "components");
        string[] resources = [Path.Combine(components, "common"), Path.Combine(folder.FullName, "redis")];
        redis.WriteComponents(Path.Combine(components, "redis"), resources[1]);
        var mall = new ReplicatedMall(folder, () => Of("node-a", [.. Apps.Ports.Keys], []), () => Of("node-b", [.. Apps.Ports.Keys.Except([Apps.OrderWorkflow])], ofB));
        try
        {
            await Task.WhenAll(mall.A.Start(), mall.B.Start());
            return mall;
        }
        catch
        {
            await mall.DisposeAsync();
            throw;
        }

        Node Of(string name, IReadOnlyCollection<string> apps, IEnumerable<KeyValuePair<string, string>> more) => new(name, apps, replica =>
        [
            replica.SidecarLine(resources, Directory.CreateDirectory(Path.Combine(folder.FullName, name)).FullName),
            replica.ServiceLine([new("Search:Database", Path.Combine(folder.FullName, "search.db")), .. settings, .. more]),
        ], processEach, Token);
    }

    /// <summary>Entries of a node's journals that are not at their end, by app: what is left to a sweep when it is killed.</summary>
    public async Task<IReadOnlyList<(string App, JournalLine Line)>> Unfinished(Node node)
    {
        var lines = await Task.WhenAll(node.Replicas.Select(replica => Journal(node, replica.App)));
        return [.. lines.SelectMany(ofApp => ofApp).Where(found => !found.Line.Done)];
    }

    /// <summary>All entries of a node's journal of one app; asked at A, which lives. None of an app that has no state store: its sidecar sees none.</summary>
    public async Task<IReadOnlyList<(string App, JournalLine Line)>> Journal(Node node, string app) => Apps.Of(app).Components.Contains(ComponentNames.StateStore)
        ? [.. (await Journals.Read(sidecars[app])).Where(line => line.Log == Journals.LogOf(node.Name)).Select(line => (app, line))]
        : [];

    /// <summary>The lists that bots of a node are on their way with, and which attempt at each this is.</summary>
    public async Task<IReadOnlyDictionary<string, decimal>> DrivenBy(Node node)
    {
        Dictionary<string, decimal> driven = [];
        foreach (var bot in (await A.Gateway.Get("/api/bots")).Expect(200).Body.GetProperty("items").EnumerateArray().Select(bot => bot.GetProperty("botId").GetString()!))
        {
            var document = JsonDocument.Parse(await sidecars[Apps.Depot].GetStringAsync($"/v1.0/state/statestore/bot.{bot}")).RootElement;
            if (!document.GetProperty("state").TryGetProperty("reservation", out var reservation)
                || !reservation.TryGetProperty("driver", out var driver) || driver.GetString() != node.Name) continue;
            var list = (await A.Gateway.Get($"/api/shopping-lists/{reservation.GetProperty("list").GetString()}")).Expect(200);
            if (list.Text("status") is "assigned" or "active" && list.Text("botId") == bot) driven[list.Text("shoppingListId")] = list.Number("attempt");
        }

        return driven;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(A.DisposeAsync().AsTask(), B.DisposeAsync().AsTask());
        foreach (var client in sidecars.Values) client.Dispose();
        folder.Delete(recursive: true);
    }
}
