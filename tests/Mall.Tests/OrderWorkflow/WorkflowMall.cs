using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Dapr.Workflow;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.Ordering.Domain;
using MallBots.OrderWorkflow.Domain;
using MallBots.OrderWorkflow.Runs;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Messaging;
using MallBots.Sidecar;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using PlacedOrder = MallBots.Ordering.Domain.Order;

namespace MallBots.Mall.Tests.OrderWorkflow;

/// <summary>
/// The real ordering and order-workflow over their sidecars, with the genuine workflow worker, and scripted customers, depot and payments. Each test has
/// an order of its own, so they can share it.
/// </summary>
public sealed class WorkflowMall : IAsyncLifetime
{
    static readonly string[] Scripted = [Apps.Customers, Apps.Depot, Apps.Payments];
    readonly ConcurrentDictionary<string, ConcurrentQueue<string>> calls = new();
    readonly Dictionary<string, Participant> participants = [];
    readonly HttpClient http = WatchedHttp.Client();
    LocalMall mall = null!;

    /// <summary>Further settings, for a test that has a mall of its own.</summary>
    public IReadOnlyDictionary<string, string?> More { get; init; } = new Dictionary<string, string?>();

    /// <summary>The container of order-workflow.</summary>
    public IServiceProvider Services => mall.ServicesOf(Apps.OrderWorkflow);

    /// <summary>The traps of its sidecars.</summary>
    public Traps Traps => mall.Sidecars.Traps;

    public Participant Customers => participants[Apps.Customers];

    public Participant Depot => participants[Apps.Depot];

    public Participant Payments => participants[Apps.Payments];

    public DaprWorkflowClient Runtime => mall.ServicesOf(Apps.OrderWorkflow).GetRequiredService<DaprWorkflowClient>();

    public async ValueTask InitializeAsync()
    {
        mall = await LocalMall.StartAsync(new LocalMallOptions
        {
            Apps = [Apps.Ordering, Apps.OrderWorkflow, .. Scripted],
            Settings = new Dictionary<string, string?>
            {
                ["Workflow:FirstDelay"] = "00:00:00.010",
                ["Workflow:LongestDelay"] = "00:00:00.080",
                ["Workflow:AttentionAfter"] = "00:00:00.150",
                ["Workflow:AttemptsPerStretch"] = "5",
                ["Workflow:SweepEvery"] = "00:00:00.200",
                ["Depot:SimulateBots"] = "false",
            }.Concat(More).ToDictionary(),
        });
        foreach (var app in Scripted)
        {
            await mall.StopServiceAsync(app);
            participants[app] = await Participant.Start(app, (orderId, command) => calls.GetOrAdd(orderId, _ => new()).Enqueue(command));
            mall.Sidecars.Connect(app, participants[app].Port);
        }
    }

    /// <summary>What the participants were asked about an order, in order.</summary>
    public IReadOnlyList<string> Calls(string orderId) => calls.TryGetValue(orderId, out var asked) ? [.. asked] : [];

    public static string NewOrder() => Guid.CreateVersion7().ToString();

    /// <summary>The order is there and announced, as after a checkout.</summary>
    public async Task Place(string orderId)
    {
        var checkout = new OrderCreated(orderId, "ann", $"p-{orderId[^12..]}", DateTimeOffset.UtcNow, [new OrderLine("tea", "s-1", "Tea shop", "Green tea", 4.20m, 3)]);
        await mall.ServicesOf(Apps.Ordering).GetRequiredService<Documents<PlacedOrder>>()
            .Put(orderId, Command.Internal("test", CancellationToken.None), order => PlacedOrder.Place(order, checkout));
    }

    /// <summary>The order's first event comes once more, long after the workflow ended.</summary>
    public Task SeeAgain(string orderId)
    {
        var pending = new OrderResource(orderId, "ann", "p", DateTimeOffset.UtcNow, [], 1m, "USD", OrderStatus.Pending, null, null, null, null, []);
        return mall.ServicesOf(Apps.OrderWorkflow).GetRequiredService<MallBots.OrderWorkflow.Subscriptions.Orders>()
            .See(new Seen<OrderResource>(orderId, 1, false, pending, new SeenFrom($"again-{orderId}", orderId)), CancellationToken.None);
    }

    /// <summary>The service goes away, and comes back after something else has happened.</summary>
    public async Task Restart(Func<Task> meanwhile)
    {
        await mall.StopServiceAsync(Apps.OrderWorkflow);
        await meanwhile();
        await mall.StartServiceAsync(Apps.OrderWorkflow);
    }

    /// <summary>Sends a command that an earlier run may have sent.</summary>
    public Task<CommandAnswer> Send<TCommand>(TCommand command) where TCommand : IInternalCommand =>
        mall.ServicesOf(Apps.OrderWorkflow).GetRequiredService<Peers>().Send(command, CancellationToken.None);

    /// <summary>Starts an instance from the top, which the runtime allows once it has ended (fact W2); its result.</summary>
    public async Task<string?> RunAgain(string instanceId, string orderId)
    {
        var process = (await mall.ServicesOf(Apps.OrderWorkflow).GetRequiredService<Documents<OrderProcess>>().Find(orderId, CancellationToken.None)).State!;
        await Runtime.WaitForWorkflowCompletionAsync(instanceId);
        await mall.ServicesOf(Apps.OrderWorkflow).GetRequiredService<WorkflowRuns>().Schedule(process.Run(instanceId)!, await Order(orderId), CancellationToken.None);
        return (await Runtime.WaitForWorkflowCompletionAsync(instanceId)).ReadOutputAs<string>();
    }

    public Task<HttpResponseMessage> Cancel(string orderId) => http.PostAsJsonAsync(new Uri(mall[Apps.Ordering], $"/api/orders/{orderId}/cancel"), new { reason = "Too late for tea" });

    public Task<HttpResponseMessage> Resume(string orderId, string decision, string step, string text = "Looked at it") =>
        http.PostAsJsonAsync(new Uri(mall[Apps.OrderWorkflow], $"/api/order-workflows/{orderId}/resume"), new { decision, step, text });

    public Task<HttpResponseMessage> GetWorkflows(string path) => http.GetAsync(new Uri(mall[Apps.OrderWorkflow], $"/api/order-workflows{path}"));

    public Task<HttpResponseMessage> PostWorkflows(string path, string body) =>
        http.PostAsync(new Uri(mall[Apps.OrderWorkflow], $"/api/order-workflows{path}"), new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

    public async Task<OrderResource> Order(string orderId) =>
        (await http.GetFromJsonAsync<OrderResource>(new Uri(mall[Apps.Ordering], $"/api/orders/{orderId}"), KitJson.Options))!;

    /// <summary>The order's workflows once the condition holds.</summary>
    public async Task<OrderWorkflowResource> Workflow(string orderId, Func<OrderWorkflowResource, bool> condition, string what)
    {
        OrderWorkflowResource? found = null;
        await Eventually.True(
            async () =>
            {
                using var answer = await GetWorkflows($"/{orderId}");
                if (!answer.IsSuccessStatusCode) return false;
                found = await answer.Content.ReadFromJsonAsync<OrderWorkflowResource>(KitJson.Options);
                return condition(found!);
            },
            what: $"{what}; it is {JsonSerializer.Serialize(found, KitJson.Options)}");
        return found!;
    }

    /// <summary>The order's workflows when the latest run is over.</summary>
    public Task<OrderWorkflowResource> Ended(string orderId) =>
        Workflow(orderId, workflow => workflow.Runs[^1].Status == OrderWorkflowStatus.Ended, "the workflow ends");

    public Task<OrderWorkflowResource> WaitsForOperator(string orderId) =>
        Workflow(orderId, workflow => workflow.Status == OrderWorkflowStatus.NeedsAttention, "the workflow needs attention");

    public async ValueTask DisposeAsync()
    {
        await mall.DisposeAsync();
        foreach (var participant in participants.Values) await participant.DisposeAsync();
        http.Dispose();
    }
}
