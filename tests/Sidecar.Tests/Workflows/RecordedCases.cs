using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapr.DurableTask.Protobuf;
using Dapr.Workflow;
using Grpc.Core;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>
/// The 22 transcripts of the real runtime (fact W1), driven by the genuine worker and client: the client sees what it saw there, and the engine
/// sends the work items that the runtime sent. The sidecar is what a derived class decides.
/// </summary>
public abstract partial class RecordedCases : IAsyncLifetime
{
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    protected WorkflowHost App { get; set; } = null!;

    protected DaprWorkflowClient Client => App.Client;

    public abstract ValueTask InitializeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await App.DisposeAsync();
    }

    protected abstract HttpClient HttpClient();

    /// <summary>The instance id to play with in place of a recorded one: that and something behind it.</summary>
    protected virtual string Id(string recorded) => recorded;

    /// <summary>Undoes in a text what <see cref="Id"/> and the app's own id make different.</summary>
    protected virtual string AsRecorded(string text) => text;

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
        var recorded = Load(name);
        await Schedule(recorded, workflow, Id(instanceId), InputOf(instanceId));
        recorded.ClientSaw(await App.Completed(Id(instanceId)));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(WorkItems);
    }

    [Fact]
    public async Task Fan_out_runs_every_activity_once()
    {
        var recorded = Load("fan out");
        await Schedule(recorded, "FanOut", Id("fan-1"), 5);
        recorded.ClientSaw(await App.Completed(Id("fan-1")));
        recorded.AssertSameHistory(WorkItems);
    }

    [Fact]
    public async Task An_external_event_reaches_the_workflow_and_custom_status_the_client()
    {
        var recorded = Load("external event and custom status");
        await Schedule(recorded, "Waiting", Id("wait-1"), "x");
        recorded.ClientSaw(await Client.GetWorkflowStateAsync(Id("wait-1"), cancellation: cancel));
        await Client.RaiseEventAsync(Id("wait-1"), "go", new { ok = true }, cancel);
        recorded.ClientSaw(await App.Completed(Id("wait-1")));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(WorkItems);
    }

    [Fact]
    public async Task An_event_that_is_raised_before_the_workflow_waits_is_kept_for_it()
    {
        var recorded = Load("event raised before the wait");
        App.Gates.Close("r");
        await Schedule(recorded, "Racing", Id("race-1"), 2);
        await Client.RaiseEventAsync(Id("race-1"), "cancel", "now", cancel);
        App.Gates.Open("r");
        recorded.ClientSaw(await App.Completed(Id("race-1")));
        recorded.ClientHasSeenAll();
        recorded.AssertSameHistory(WorkItems);
    }

    /// <summary>
    /// Recorded with an older worker, which ran a suspended instance all the same. That of Dapr.Workflow 1.19.0 acknowledges its turns and runs it once
    /// it is resumed (fact W6), so the recorded end comes after that, by one work item more; what was sent until then is as recorded.
    /// </summary>
    [Fact]
    public async Task A_suspended_instance_goes_on_when_it_is_resumed()
    {
        var recorded = Load("suspend and resume");
        await Schedule(recorded, "Waiting", Id("susp-1"), "x");
        await Client.SuspendWorkflowAsync(Id("susp-1"), "why", cancel);
        recorded.ClientSaw(await Client.GetWorkflowStateAsync(Id("susp-1"), cancellation: cancel));
        await Client.RaiseEventAsync(Id("susp-1"), "go", 1, cancel);
        Assert.Equal(WorkflowRuntimeStatus.Suspended, (await Client.GetWorkflowStateAsync(Id("susp-1"), cancellation: cancel))!.RuntimeStatus);
        await Client.ResumeWorkflowAsync(Id("susp-1"), null, cancel);
        recorded.ClientSaw(await App.Completed(Id("susp-1")));
        recorded.ClientSaw(await App.Completed(Id("susp-1")));
        recorded.ClientHasSeenAll();
        Assert.Equal(4, WorkItems.Count());
        recorded.AssertWorkItems(WorkItems.Take(3));
    }

    [Fact]
    public async Task A_terminated_instance_ends_without_output()
    {
        var recorded = Load("terminate");
        await Schedule(recorded, "Waiting", Id("term-1"), "x");
        await Client.TerminateWorkflowAsync(Id("term-1"), "stopped", cancel);
        recorded.ClientSaw(await App.Completed(Id("term-1")));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(WorkItems);
    }

    [Fact]
    public async Task An_id_that_runs_cannot_be_scheduled_again()
    {
        var recorded = Load("schedule twice while running");
        recorded.ClientSaw(await Client.ScheduleNewWorkflowAsync("Waiting", Id("dup-1"), "x"));
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.ScheduleNewWorkflowAsync("Waiting", Id("dup-1"), "x"));
        recorded.ClientSaw($"{refused.StatusCode}: {refused.Status.Detail}");
        await Client.TerminateWorkflowAsync(Id("dup-1"), null, cancel);
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(WorkItems);
    }

    [Fact]
    public async Task An_id_that_has_ended_runs_again_from_the_start()
    {
        await Client.ScheduleNewWorkflowAsync("Chain", Id("chain-1"), new Person("ann"));
        await App.Completed(Id("chain-1"));
        App.WorkItems.Clear();

        var recorded = Load("schedule again after completion");
        await Schedule(recorded, "Chain", Id("chain-1"), new Person("bob"));
        recorded.ClientSaw(await App.Completed(Id("chain-1")));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(WorkItems);
    }

    [Fact]
    public async Task An_unknown_instance_does_not_exist() =>
        Load("get unknown").ClientSaw(await Client.GetWorkflowStateAsync("unknown", cancellation: cancel));

    [Fact]
    public async Task An_event_to_an_unknown_instance_is_an_error()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.RaiseEventAsync("unknown", "go", 1, cancel));
        Load("raise event to unknown").ClientSaw($"{refused.StatusCode}: {refused.Status.Detail}");
    }

    [Fact]
    public async Task Terminating_an_unknown_instance_is_an_error()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.TerminateWorkflowAsync("unknown", null, cancel));
        Load("terminate unknown").ClientSaw($"{refused.StatusCode}: {refused.Status.Detail}");
    }

    [Fact]
    public async Task A_purged_instance_is_gone()
    {
        await Client.ScheduleNewWorkflowAsync("Chain", Id("chain-1"), new Person("ann"));
        await App.Completed(Id("chain-1"));

        var recorded = Load("purge");
        recorded.ClientSaw(await Client.PurgeInstanceAsync(Id("chain-1"), cancel));
        recorded.ClientSaw(await Client.GetWorkflowStateAsync(Id("chain-1"), cancellation: cancel));
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.PurgeInstanceAsync(Id("chain-1"), cancel));
        recorded.ClientSaw(new JsonObject { ["exception"] = $"RpcException: Status(StatusCode=\"{refused.StatusCode}\", Detail=\"{refused.Status.Detail}\")" });
        recorded.ClientHasSeenAll();
    }

    [Fact]
    public async Task A_workflow_that_the_worker_does_not_know_fails()
    {
        var recorded = Load("unregistered workflow");
        recorded.ClientSaw(await Client.ScheduleNewWorkflowAsync("Nope", Id("nope-1"), 1));
        recorded.ClientSaw(await App.Completed(Id("nope-1")));
        recorded.ClientHasSeenAll();
        recorded.AssertWorkItems(WorkItems);
    }

    [Fact]
    public async Task The_HTTP_API_answers_as_recorded()
    {
        var recorded = Load("http api");
        using var http = HttpClient();
        foreach (var step in recorded.Client)
        {
            var (method, path) = (step!["http"]!.GetValue<string>().Split(' ')[0], step["http"]!.GetValue<string>().Split(' ')[1].Replace("h-1", Id("h-1"), StringComparison.Ordinal));
            using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
            if (step["body"] is { } body) request.Content = new StringContent(body.GetValue<string>(), Encoding.UTF8, "application/json");
            if (path.EndsWith("/purge", StringComparison.Ordinal)) await App.Completed(Id("h-1"));

            using var response = await http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            Assert.Equal(step["status"]!.GetValue<int>(), (int)response.StatusCode);
            Assert.Equal(HttpText(step["response"]!.GetValue<string>()), HttpText(AsRecorded(text)));
            if (path.Contains("raiseEvent", StringComparison.Ordinal)) await App.Completed(Id("h-1"));
        }

        recorded.AssertSameHistory(WorkItems);
    }

    [Fact]
    public void Every_recorded_case_has_its_test()
    {
        var source = File.ReadAllText(SourceOfThisTest());
        Assert.All(RecordedCase.Names, name => Assert.Contains($"\"{name}\"", source, StringComparison.Ordinal));
        Assert.Equal(22, RecordedCase.Names.Count());
        TestContext.Current.TestOutputHelper!.WriteLine($"workflow: {RecordedCase.Names.Count()} cases, 0 left out");
    }

    static string SourceOfThisTest([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;

    RecordedCase Load(string name) => RecordedCase.Load(name, AsRecorded);

    // What is left of other cases on the same sidecar is not ours; an id that the sidecar made (HTTP API) is.
    IEnumerable<WorkItem> WorkItems =>
        App.WorkItems.Where(item => InstanceOf(item).EndsWith(Id(""), StringComparison.Ordinal) || Guid.TryParse(InstanceOf(item), out _));

    static string InstanceOf(WorkItem item) => item.WorkflowRequest?.InstanceId ?? item.ActivityRequest.WorkflowInstance.InstanceId;

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
