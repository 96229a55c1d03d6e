using System.Collections.Concurrent;
using Dapr.DurableTask.Protobuf;
using Dapr.Workflow;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.ClientFactory;
using MallBots.Sidecar.Tests.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;
using WorkflowState = Dapr.Workflow.WorkflowState;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>
/// An app with the genuine worker and client of Dapr.Workflow. It finds its sidecar in its own configuration, so any number of them fit in one
/// process.
/// </summary>
public sealed class WorkflowHost : IAsyncDisposable
{
    readonly IHost host;

    WorkflowHost(IHost host) => this.host = host;

    public DaprWorkflowClient Client => host.Services.GetRequiredService<DaprWorkflowClient>();

    public Gates Gates => host.Services.GetRequiredService<Gates>();

    public Runs Runs => host.Services.GetRequiredService<Runs>();

    /// <summary>Every work item that the worker has got, in order.</summary>
    public ConcurrentQueue<WorkItem> WorkItems { get; } = new();

    public static Task<WorkflowHost> StartAsync(SidecarEndpoints sidecar, string? apiToken = null) =>
        StartAsync($"http://127.0.0.1:{sidecar.HttpPort}", $"http://127.0.0.1:{sidecar.GrpcPort}", apiToken);

    public static async Task<WorkflowHost> StartAsync(string httpEndpoint, string grpcEndpoint, string? apiToken = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DAPR_GRPC_ENDPOINT"] = grpcEndpoint,
            ["DAPR_HTTP_ENDPOINT"] = httpEndpoint,
            ["DAPR_API_TOKEN"] = apiToken,
        });
        builder.Services.AddSingleton<Gates>().AddSingleton<Runs>();
        builder.Services.AddDaprWorkflow(Register);
        var tap = new Tap();
        builder.Services.PostConfigureAll<GrpcClientFactoryOptions>(client =>
            client.InterceptorRegistrations.Add(new InterceptorRegistration(InterceptorScope.Channel, _ => tap)));
        var started = new WorkflowHost(builder.Build());
        tap.Seen = started.WorkItems;
        await started.host.StartAsync(TestContext.Current.CancellationToken);
        return started;
    }

    /// <summary>Waits until the instance has ended.</summary>
    public Task<WorkflowState> Completed(string instanceId) =>
        Client.WaitForWorkflowCompletionAsync(instanceId, cancellation: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    static void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterWorkflow<Chain>();
        options.RegisterWorkflow<Retrying>();
        options.RegisterWorkflow<Waiting>();
        options.RegisterWorkflow<Racing>();
        options.RegisterWorkflow<Parent>();
        options.RegisterWorkflow<Child>();
        options.RegisterWorkflow<FanOut>();
        options.RegisterWorkflow<Failing>();
        options.RegisterWorkflow<Compensating>();
        options.RegisterWorkflow<Looping>();
        options.RegisterWorkflow<Collecting>();
        options.RegisterWorkflow<Relay>();
        options.RegisterWorkflow<LongParent>();
        options.RegisterWorkflow<Sleeping>();
        options.RegisterWorkflow<Lost>();
        options.RegisterWorkflow<Sending>();
        options.RegisterWorkflow<Pausing>();
        options.RegisterWorkflow<Five>();
        options.RegisterActivity<Greet>();
        options.RegisterActivity<Boom>();
        options.RegisterActivity<Flaky>();
        options.RegisterActivity<Nothing>();
    }

    sealed class Tap : Interceptor
    {
        public ConcurrentQueue<WorkItem> Seen { get; set; } = new();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            var call = continuation(request, context);
            return new AsyncServerStreamingCall<TResponse>(
                new Reader<TResponse>(call.ResponseStream, Seen), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
        }
    }

    sealed class Reader<TResponse>(IAsyncStreamReader<TResponse> inner, ConcurrentQueue<WorkItem> seen) : IAsyncStreamReader<TResponse>
    {
        public TResponse Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!await inner.MoveNext(cancellationToken)) return false;
            if (inner.Current is WorkItem item) seen.Enqueue(item.Clone());
            return true;
        }
    }
}

/// <summary>A sidecar with a state store for workflows, for the app `wf` of the recordings.</summary>
public static class WorkflowSidecar
{
    public const string AppId = "wf";

    public static Task<SidecarUnderTest> StartAsync(string engine, string? folder = null, string? configuration = null, string? apiToken = null) =>
        SidecarUnderTest.StartAsync(
            [State(engine), .. configuration is null ? Array.Empty<string>() : [configuration]],
            apps: [AppId, SidecarUnderTest.AppId],
            folder: folder,
            apiToken: apiToken);

    public static string State(string engine) => engine == "memory"
        ? Yaml.Component("statestore", "state.in-memory", ("actorStateStore", "true"))
        : Yaml.Component("statestore", "state.sqlite", ("connectionString", "mall.db"), ("actorStateStore", "true"));
}

/// <summary>A folder that a test's sidecars come back to; gone after the test.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = SidecarUnderTest.NewFolder();

    /// <summary>A copy of the data folder of a sidecar that still runs: what would be there if it were killed now. It must be idle.</summary>
    public static TestFolder AsAfterKill(SidecarUnderTest running)
    {
        var copy = new TestFolder();
        var data = Directory.CreateDirectory(System.IO.Path.Combine(copy.Path, "data")).FullName;
        foreach (var file in (string[])["mall.db", "mall.db-wal"])
        {
            // Opened for shared reading: SQLite has its locks on the original.
            using var from = new FileStream(System.IO.Path.Combine(running.Folder, "data", file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var to = File.Create(System.IO.Path.Combine(data, file));
            from.CopyTo(to);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
