using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapr.Workflow;
using Grpc.Core;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>
/// The 22 transcripts of the real runtime (fact W1), driven by the genuine worker and client: the client sees what it saw there, and the engine
/// sends the work items that the runtime sent.
/// </summary>
public sealed partial class RecordedCasesTests : IAsyncLifetime
{
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    SidecarUnderTest sidecar = null!;
    WorkflowHost app = null!;

    DaprWorkflowClient Client => app.Client;

    public async ValueTask InitializeAsync()
    {
        sidecar = await WorkflowSidecar.StartAsync("memory");
        app = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await sidecar.DisposeAsync();
    }

    [Theory]
    [InlineData("chain of two activities", "Chain", "chain-1")]
    [InlineData("activity retried by policy", "Retrying", "retry-1")]
    [InlineData("activity retry exhausted", "Retrying", "retry-2")]
    [InlineData("external event times out", "Waiting", "wait-2")]
    [InlineData("timer wins the race", "Racing", "race-2")]
    [InlineData("child workflow", "Parent", "parent-1")]
    [InlineData("workflow fails", "Failing", "fail-1")]
    [InlineData("compensation after activity failure", "Compensating", "comp-1")]
    [InlineData("continue as new", "Looping", "loop-1")]
    public async Task A_workflow_that_runs_to_its_end_by_itself_runs_as_recorded(string name, string workflow, string instanceId)
    {
        var recorded = RecordedCase.Load(name);
        await Schedule(recorded, workflow, instanceId, InputOf(instanceId));
        recorded.ClientSaw(await app.Completed(instanceId));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(app.WorkItems);
    }

    [Fact]
    public async Task Fan_out_runs_every_activity_once()
    {
        var recorded = RecordedCase.Load("fan out");
        await Schedule(recorded, "FanOut", "fan-1", 5);
        recorded.ClientSaw(await app.Completed("fan-1"));
        recorded.AssertSameHistory(app.WorkItems);
    }

    [Fact]
    public async Task An_external_event_reaches_the_workflow_and_custom_status_the_client()
    {
        var recorded = RecordedCase.Load("external event and custom status");
        await Schedule(recorded, "Waiting", "wait-1", "x");
        recorded.ClientSaw(await Client.GetWorkflowStateAsync("wait-1", cancellation: cancel));
        await Client.RaiseEventAsync("wait-1", "go", new { ok = true }, cancel);
        recorded.ClientSaw(await app.Completed("wait-1"));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(app.WorkItems);
    }

    [Fact]
    public async Task An_event_that_is_raised_before_the_workflow_waits_is_kept_for_it()
    {
        var recorded = RecordedCase.Load("event raised before the wait");
        app.Gates.Close("r");
        await Schedule(recorded, "Racing", "race-1", 2);
        await Client.RaiseEventAsync("race-1", "cancel", "now", cancel);
        app.Gates.Open("r");
        recorded.ClientSaw(await app.Completed("race-1"));
        recorded.ClientHasSeenAll();
        recorded.AssertSameHistory(app.WorkItems);
    }

    [Fact]
    public async Task A_suspended_instance_goes_on_when_its_event_comes()
    {
        var recorded = RecordedCase.Load("suspend and resume");
        await Schedule(recorded, "Waiting", "susp-1", "x");
        await Client.SuspendWorkflowAsync("susp-1", "why", cancel);
        recorded.ClientSaw(await Client.GetWorkflowStateAsync("susp-1", cancellation: cancel));
        await Client.RaiseEventAsync("susp-1", "go", 1, cancel);
        recorded.ClientSaw(await app.Completed("susp-1"));
        await Client.ResumeWorkflowAsync("susp-1", null, cancel);
        recorded.ClientSaw(await app.Completed("susp-1"));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(app.WorkItems);
    }

    [Fact]
    public async Task A_terminated_instance_ends_without_output()
    {
        var recorded = RecordedCase.Load("terminate");
        await Schedule(recorded, "Waiting", "term-1", "x");
        await Client.TerminateWorkflowAsync("term-1", "stopped", cancel);
        recorded.ClientSaw(await app.Completed("term-1"));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(app.WorkItems);
    }

    [Fact]
    public async Task An_id_that_runs_cannot_be_scheduled_again()
    {
        var recorded = RecordedCase.Load("schedule twice while running");
        recorded.ClientSaw(await Client.ScheduleNewWorkflowAsync("Waiting", "dup-1", "x"));
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.ScheduleNewWorkflowAsync("Waiting", "dup-1", "x"));
        recorded.ClientSaw($"{refused.StatusCode}: {refused.Status.Detail}");
        await Client.TerminateWorkflowAsync("dup-1", null, cancel);
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(app.WorkItems);
    }

    [Fact]
    public async Task An_id_that_has_ended_runs_again_from_the_start()
    {
        await Client.ScheduleNewWorkflowAsync("Chain", "chain-1", new Person("ann"));
        await app.Completed("chain-1");
        app.WorkItems.Clear();

        var recorded = RecordedCase.Load("schedule again after completion");
        await Schedule(recorded, "Chain", "chain-1", new Person("bob"));
        recorded.ClientSaw(await app.Completed("chain-1"));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(app.WorkItems);
    }

    [Fact]
    public async Task An_unknown_instance_does_not_exist() =>
        RecordedCase.Load("get unknown").ClientSaw(await Client.GetWorkflowStateAsync("unknown", cancellation: cancel));

    [Fact]
    public async Task An_event_to_an_unknown_instance_is_an_error()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.RaiseEventAsync("unknown", "go", 1, cancel));
        RecordedCase.Load("raise event to unknown").ClientSaw($"{refused.StatusCode}: {refused.Status.Detail}");
    }

    [Fact]
    public async Task Terminating_an_unknown_instance_is_an_error()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.TerminateWorkflowAsync("unknown", null, cancel));
        RecordedCase.Load("terminate unknown").ClientSaw($"{refused.StatusCode}: {refused.Status.Detail}");
    }

    [Fact]
    public async Task A_purged_instance_is_gone()
    {
        await Client.ScheduleNewWorkflowAsync("Chain", "chain-1", new Person("ann"));
        await app.Completed("chain-1");

        var recorded = RecordedCase.Load("purge");
        recorded.ClientSaw(await Client.PurgeInstanceAsync("chain-1", cancel));
        recorded.ClientSaw(await Client.GetWorkflowStateAsync("chain-1", cancellation: cancel));
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.PurgeInstanceAsync("chain-1", cancel));
        recorded.ClientSaw(new JsonObject { ["exception"] = $"RpcException: Status(StatusCode=\"{refused.StatusCode}\", Detail=\"{refused.Status.Detail}\")" });
        recorded.ClientHasSeenAll();
    }

    [Fact]
    public async Task A_workflow_that_the_worker_does_not_know_fails()
    {
        var recorded = RecordedCase.Load("unregistered workflow");
        recorded.ClientSaw(await Client.ScheduleNewWorkflowAsync("Nope", "nope-1", 1));
        recorded.ClientSaw(await app.Completed("nope-1"));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(app.WorkItems);
    }

    [Fact]
    public async Task The_HTTP_API_answers_as_recorded()
    {
        var recorded = RecordedCase.Load("http api");
        using var http = sidecar.ClientOf(WorkflowSidecar.AppId);
        foreach (var step in recorded.Client)
        {
            var (method, path) = (step!["http"]!.GetValue<string>().Split(' ')[0], step["http"]!.GetValue<string>().Split(' ')[1]);
            using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
            if (step["body"] is { } body) request.Content = new StringContent(body.GetValue<string>(), Encoding.UTF8, "application/json");
            if (path.EndsWith("/purge", StringComparison.Ordinal)) await app.Completed("h-1");

            using var response = await http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            Assert.Equal(step["status"]!.GetValue<int>(), (int)response.StatusCode);
            Assert.Equal(HttpText(step["response"]!.GetValue<string>()), HttpText(text));
            if (path.Contains("raiseEvent", StringComparison.Ordinal)) await app.Completed("h-1");
        }

        recorded.AssertSameHistory(app.WorkItems);
    }

    [Theory]
    [InlineData("POST", "/v1.0-beta1/workflows/dapr/Five/start?instanceID=beta", 202, "beta")]
    [InlineData("POST", "/v1.0/workflows/dapr/Waiting/start?instanceID=busy", 500, "ERR_START_WORKFLOW")]
    [InlineData("POST", "/v1.0/workflows/dapr/busy/purge", 500, "ERR_PURGE_WORKFLOW")]
    [InlineData("POST", "/v1.0/workflows/dapr/Five/start?instanceID=a.b", 400, "ERR_INSTANCE_ID_INVALID")]
    [InlineData("POST", "/v1.0/workflows/dapr/none/raiseEvent/go", 500, "ERR_RAISE_EVENT_WORKFLOW")]
    public async Task The_HTTP_API_refuses_what_cannot_be(string method, string path, int status, string expected)
    {
        await Client.ScheduleNewWorkflowAsync("Waiting", "busy", "x");
        using var http = sidecar.ClientOf(WorkflowSidecar.AppId);
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path) { Content = new StringContent("\"x\"") };
        using var response = await http.SendAsync(request, cancel);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(cancel), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_recorded_case_has_its_test()
    {
        var source = File.ReadAllText(SourceOfThisTest());
        Assert.All(RecordedCase.Names, name => Assert.Contains($"\"{name}\"", source, StringComparison.Ordinal));
        Assert.Equal(22, RecordedCase.Names.Count());
    }

    static string SourceOfThisTest([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;

    async Task Schedule(RecordedCase recorded, string workflow, string instanceId, object input) =>
        recorded.ClientSaw(new JsonObject { ["schedule"] = await Client.ScheduleNewWorkflowAsync(workflow, instanceId, input) });

    static object InputOf(string instanceId) => instanceId switch
    {
        "chain-1" => new Person("ann"),
        "retry-1" => 3,
        "retry-2" => 99,
        "race-2" => 1,
        "parent-1" => "p",
        "loop-1" => 0,
        _ => "x",
    };

    // Ids and times by pattern, and of an error the code alone, as everywhere.
    static string HttpText(string body)
    {
        var document = JsonNode.Parse(body)!.AsObject();
        foreach (var name in (string[])["createdAt", "lastUpdatedAt"])
        {
            if (document.ContainsKey(name)) document[name] = Time().Replace(document[name]!.GetValue<string>(), "*");
        }

        if (document.ContainsKey("errorCode")) document["message"] = "*";
        return Recording.WithoutIds(document.ToJsonString());
    }

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$")]
    private static partial Regex Time();
}
