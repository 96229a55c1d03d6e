using System.Collections.Concurrent;
using System.Diagnostics;
using Dapr.Client;
using Dapr.Workflow;
using MallBots.Sidecar;

namespace MallBots.Bench;

/// <summary>The embedded sidecar under the genuine DaprClient and workflow worker: state, publish to delivery, workflows of five empty activities.</summary>
static class SidecarBenchmark
{
    public static async Task Run(string engine)
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-bench-");
        var figures = new Figures($"The sidecar on {engine}");
        var components = Directory.CreateDirectory(Path.Combine(folder.FullName, "components")).FullName;
        await File.WriteAllTextAsync(Path.Combine(components, "bench.yaml"), Components(engine));
        await using var sidecar = await EmbeddedSidecar.StartAsync(
            new SidecarOptions { ResourcesPaths = [components], DataDirectory = engine == "memory" ? null : folder.FullName }, [new SidecarApp("bench")]);
        var endpoints = sidecar["bench"];
        using var dapr = new DaprClientBuilder().UseGrpcEndpoint($"http://127.0.0.1:{endpoints.GrpcPort}").UseHttpEndpoint($"http://127.0.0.1:{endpoints.HttpPort}").Build();

        await using var app = StartApp(endpoints, out var delivered);
        await app.StartAsync();
        sidecar.Connect("bench", new Uri(app.Urls.Single()).Port);

        await State(figures, dapr);
        await PublishToDelivery(figures, dapr, delivered);
        await Workflows(figures, app.Services.GetRequiredService<DaprWorkflowClient>());
        figures.Print();
        await app.StopAsync();
        folder.Delete(recursive: true);
    }

    static async Task State(Figures figures, DaprClient dapr)
    {
        var value = new byte[500];
        Random.Shared.NextBytes(value);
        foreach (var (name, call) in new (string, Func<int, Task>)[]
        {
            ("state save", key => dapr.SaveByteStateAsync("statestore", $"k{key}", value)),
            ("state get", key => dapr.GetByteStateAsync("statestore", $"k{key}")),
        })
        {
            await Load.Many(8, 2_000, call); // Warm.
            var (perSecond, latencies) = await Load.Many(8, 20_000, call);
            figures.Add($"{name}, 500 bytes, 8 clients", $"{perSecond:F0}/s, p50 {Figures.Percentile(latencies, 0.5):F2} ms, p99 {Figures.Percentile(latencies, 0.99):F2} ms");
        }
    }

    static async Task PublishToDelivery(Figures figures, DaprClient dapr, ConcurrentDictionary<string, TaskCompletionSource<long>> delivered)
    {
        async Task<double> One(int number)
        {
            var id = $"{number}-{Guid.NewGuid():N}";
            var arrival = delivered[id] = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            var sent = Stopwatch.GetTimestamp();
            await dapr.PublishEventAsync("pubsub", "bench", id);
            return Stopwatch.GetElapsedTime(sent, await arrival.Task).TotalMilliseconds;
        }

        await Load.Many(8, 500, number => One(number)); // Warm, and the subscription is there.
        List<Task<double>> running = [];
        var clock = Stopwatch.StartNew();
        for (var number = 0; number < 1_000; number++)
        {
            var due = TimeSpan.FromSeconds(number / 200.0) - clock.Elapsed;
            if (due > TimeSpan.Zero) await Task.Delay(due);
            running.Add(One(number));
        }

        var latencies = await Task.WhenAll(running);
        figures.Add("publish to delivery at 200/s", $"p50 {Figures.Percentile(latencies, 0.5):F2} ms, p99 {Figures.Percentile(latencies, 0.99):F2} ms");
        var (perSecond, _) = await Load.Many(8, 10_000, number => One(number));
        figures.Add("published and delivered, 8 clients", $"{perSecond:F0}/s");
    }

    static async Task Workflows(Figures figures, DaprWorkflowClient client)
    {
        async Task One(int number)
        {
            var id = await client.ScheduleNewWorkflowAsync(nameof(FiveSteps), $"w-{Guid.NewGuid():N}", number);
            await client.WaitForWorkflowCompletionAsync(id, getInputsAndOutputs: false);
        }

        await Load.Many(4, 100, One); // Warm.
        foreach (var (clients, count) in new[] { (1, 100), (8, 500), (30, 1_000) })
        {
            var (perSecond, latencies) = await Load.Many(clients, count, One);
            figures.Add($"workflows of five activities, {clients} client{(clients == 1 ? "" : "s")}", $"{perSecond:F0}/s, p50 {Figures.Percentile(latencies, 0.5):F1} ms");
        }
    }

    static WebApplication StartApp(SidecarEndpoints endpoints, out ConcurrentDictionary<string, TaskCompletionSource<long>> delivered)
    {
        var arrivals = delivered = new ConcurrentDictionary<string, TaskCompletionSource<long>>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DAPR_HTTP_ENDPOINT"] = $"http://127.0.0.1:{endpoints.HttpPort}",
            ["DAPR_GRPC_ENDPOINT"] = $"http://127.0.0.1:{endpoints.GrpcPort}",
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddDaprWorkflow();
        var app = builder.Build();
        app.MapPost("/bench", async (HttpContext context) =>
        {
            var arrived = Stopwatch.GetTimestamp();
            using var json = await System.Text.Json.JsonDocument.ParseAsync(context.Request.Body);
            if (arrivals.TryRemove(json.RootElement.GetProperty("data").GetString()!, out var waiting)) waiting.TrySetResult(arrived);
        }).WithTopic("pubsub", "bench");
        app.MapSubscribeHandler();
        return app;
    }

    /// <summary>State store and broker of this engine, as files for the sidecar have them.</summary>
    public static string Components(string engine)
    {
        string Component(string name, string type, string metadata) =>
            $"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: {type}\n  version: v1\n  metadata:\n{metadata}\n";
        if (engine.StartsWith("redis:", StringComparison.Ordinal))
        {
            var host = $"  - name: redisHost\n    value: \"{engine["redis:".Length..]}\"";
            return Component("statestore", "state.redis", $"{host}\n  - name: actorStateStore\n    value: \"true\"") + "---\n"
                + Component("pubsub", "pubsub.redis", $"{host}\n  - name: concurrency\n    value: \"64\"");
        }

        const string file = "  - name: connectionString\n    value: mall.db";
        return Component("statestore", "state.sqlite", $"{file}\n  - name: actorStateStore\n    value: \"true\"") + "---\n"
            + Component("pubsub", "pubsub.embedded", $"{file}\n  - name: concurrency\n    value: \"64\"");
    }
}

/// <summary>Five empty activities, one after another.</summary>
public sealed class FiveSteps : Workflow<int, int>
{
    public override async Task<int> RunAsync(WorkflowContext context, int input)
    {
        for (var step = 0; step < 5; step++) await context.CallActivityAsync<int>(nameof(EmptyStep), step);
        return input;
    }
}

/// <summary>Does nothing.</summary>
public sealed class EmptyStep : WorkflowActivity<int, int>
{
    public override Task<int> RunAsync(WorkflowActivityContext context, int input) => Task.FromResult(input);
}
