using System.Text.RegularExpressions;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>The recorded cases, all against one given sidecar (docs/conformance.md): with instance ids of their own, and under the app id `rec`.</summary>
[Collection(nameof(GivenSidecar))]
public sealed partial class GivenWorkflowTests(GivenSidecar given) : RecordedCases
{
    readonly string run = "-" + Guid.NewGuid().ToString("N")[..8];

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(given.Engine == "redis-resiliency", "the policy is about events alone");
        App = await WorkflowHost.StartAsync(GivenSidecar.Given("DAPR_HTTP_ENDPOINT"), GivenSidecar.Given("DAPR_GRPC_ENDPOINT"));
    }

    public override ValueTask DisposeAsync() => App is null ? ValueTask.CompletedTask : base.DisposeAsync();

    protected override HttpClient HttpClient() => new() { BaseAddress = given.Http.BaseAddress };

    protected override string Id(string recorded) => recorded + run;

    // A new instance id makes new ids in the workflow; and our engine, once a worker has gone, marks its work items so that late answers are known.
    protected override string AsRecorded(string text) => Token().Replace(
        Recording.WithoutIds(text.Replace(run, "", StringComparison.Ordinal).Replace($"\"{SidecarUnderTest.AppId}\"", $"\"{WorkflowSidecar.AppId}\"", StringComparison.Ordinal)),
        "");

    [GeneratedRegex(",\"completionToken\":\"[^\"]*\"")]
    private static partial Regex Token();
}
