using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapr.DurableTask.Protobuf;
using Dapr.Workflow;
using Google.Protobuf;
using MallBots.Sidecar.Tests.Core;
using Xunit;
using WorkflowState = Dapr.Workflow.WorkflowState;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>One case of Recordings/workflow.json: what the client saw, and the work items that the runtime sent.</summary>
public sealed partial class RecordedCase
{
    static readonly Lazy<IReadOnlyList<JsonObject>> All = new(() => Recording.Load("workflow"));

    readonly JsonObject recorded;
    readonly Func<string, string> asRecorded;
    int seen;

    // asRecorded undoes in a text what differs by the way it is played: instance ids, the app's id.
    RecordedCase(JsonObject recorded, Func<string, string> asRecorded) => (this.recorded, this.asRecorded) = (recorded, asRecorded);

    public static IEnumerable<string> Names => All.Value.Select(Recording.NameOf);

    public static RecordedCase Load(string name, Func<string, string> asRecorded) => new(All.Value.Single(entry => Recording.NameOf(entry) == name), asRecorded);

    public JsonArray Client => recorded["client"]!.AsArray();

    /// <summary>The work items that the runtime sent, ids and times replaced by `*`.</summary>
    public IReadOnlyList<string> WorkItems =>
    [
        .. recorded["messages"]!.AsArray()
            .Where(message => message!["kind"]!.GetValue<string>() == "workItem")
            .Select(message => Comparable(message!["message"]!.DeepClone())),
    ];

    /// <summary>The client saw this next.</summary>
    public void ClientSaw(JsonNode? what) => Assert.Equal(asRecorded(Text(Client[seen++])), asRecorded(Text(what)));

    public void ClientSaw(WorkflowState? state) => ClientSaw(Describe(state));

    public void ClientHasSeenAll() => Assert.Equal(Client.Count, seen);

    /// <summary>The engine sent exactly what the runtime sent.</summary>
    public void AssertWorkItems(IEnumerable<WorkItem> sent) => Assert.Equal(WorkItems.Select(asRecorded), sent.Select(item => asRecorded(Comparable(item))));

    /// <summary>
    /// The engine ran the same activities and ended with the same history, whatever the number of turns: for cases in which it depends on
    /// milliseconds which events come together.
    /// </summary>
    public void AssertSameHistory(IEnumerable<WorkItem> sent)
    {
        var ours = sent.Select(item => JsonNode.Parse(Recording.WithoutIds(asRecorded(Comparable(item))))!).ToList();
        var theirs = WorkItems.Select(item => JsonNode.Parse(Recording.WithoutIds(item))!).ToList();
        Assert.Equal(Activities(theirs), Activities(ours));
        Assert.Equal(Histories(theirs), Histories(ours));
    }

    public static JsonNode? Describe(WorkflowState? state) => new JsonObject
    {
        ["exists"] = state is { Exists: true },
        ["name"] = state?.WorkflowName,
        ["status"] = (state?.RuntimeStatus ?? WorkflowRuntimeStatus.Unknown).ToString(),
        ["output"] = Json(state?.ReadOutputAs<JsonElement?>()),
        ["customStatus"] = Json(state?.ReadCustomStatusAs<JsonElement?>()),
        ["failure"] = state?.FailureDetails is { } failure ? new JsonObject { ["type"] = failure.ErrorType, ["message"] = failure.ErrorMessage } : null,
    };

    static JsonNode? Json(JsonElement? value) => value is { } element ? JsonNode.Parse(element.GetRawText()) : null;

    // The recording was made in 2026, and the workflow says so.
    static string Text(JsonNode? node) => Year().Replace(node?.ToJsonString() ?? "null", "$1" + DateTime.UtcNow.Year);

    static string Comparable(WorkItem item) => Comparable(JsonNode.Parse(JsonFormatter.Default.Format(item))!);

    static string Comparable(JsonNode item)
    {
        Blank(item);
        return Year().Replace(item.ToJsonString(), "$1*");
    }

    static void Blank(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (var element in array) Blank(element);
        }

        if (node is not JsonObject document) return;
        foreach (var (name, value) in document.ToList())
        {
            if (name is "timestamp" or "fireAt" or "executionId" or "taskExecutionId" or "stackTrace") document[name] = "*";
            else Blank(value);
        }
    }

    static List<string> Activities(List<JsonNode> items) =>
        [.. items.Where(item => item["activityRequest"] is not null).Select(item => item.ToJsonString()).Order(StringComparer.Ordinal)];

    // Of each instance the last work item, which has its whole history.
    static List<string> Histories(List<JsonNode> items) =>
    [
        .. items.Where(item => item["workflowRequest"] is not null)
            .GroupBy(item => item["workflowRequest"]!["instanceId"]!.GetValue<string>())
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => Events(group.Last()["workflowRequest"]!).Order(StringComparer.Ordinal).Prepend(group.Key)),
    ];

    static IEnumerable<string> Events(JsonNode request) =>
        new[] { "pastEvents", "newEvents" }
            .SelectMany(part => request[part]?.AsArray() ?? [])
            .Where(happened => happened!["workflowStarted"] is null)
            .Select(happened => happened!.ToJsonString());

    [GeneratedRegex("([0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})20[0-9]{2}")]
    private static partial Regex Year();
}
