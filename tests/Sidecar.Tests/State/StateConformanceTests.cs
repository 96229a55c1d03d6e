using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.State;

/// <summary>Replays the state transcripts of daprd, each as one story against a fresh sidecar.</summary>
public sealed class StateConformanceTests
{
    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task State_over_http_answers_as_recorded(string engine)
    {
        var clock = new ManualClock();
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)], clock: clock);
        await ReplayAsync($"{engine}-state-http", clock, entry => HttpReplay.AssertAsRecordedAsync(sidecar.Http, entry));
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task State_over_grpc_answers_as_recorded(string engine)
    {
        var clock = new ManualClock();
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)], clock: clock);
        await ReplayAsync($"{engine}-state-grpc", clock, entry => GrpcReplay.AssertAsRecordedAsync(sidecar.Channel, entry));
    }

    // Later cases depend on earlier ones, so all are played, and all differences are told together.
    static async Task ReplayAsync(string recording, ManualClock clock, Func<System.Text.Json.Nodes.JsonObject, Task> replay)
    {
        var differences = new List<string>();
        var cases = Recording.Load(recording);
        foreach (var entry in cases)
        {
            var name = Recording.NameOf(entry);
            if (name == "ttl-get-later") clock.Advance(TimeSpan.FromSeconds(2));
            try
            {
                await replay(entry);
            }
            catch (Xunit.Sdk.XunitException difference)
            {
                differences.Add($"{name}: {difference.Message}");
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{recording}: {cases.Count} cases, {differences.Count} differ");
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }
}
