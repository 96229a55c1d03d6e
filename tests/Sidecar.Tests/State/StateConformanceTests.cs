using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.State;

/// <summary>Replays the state transcripts of daprd, each as one story against a fresh sidecar. No case is left out.</summary>
public sealed class StateConformanceTests
{
    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task State_over_http_answers_as_recorded(string engine)
    {
        var clock = new ManualClock();
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)], clock: clock);
        await StateReplay.PlayAsync($"{engine}-state-http", entry => HttpReplay.AssertAsRecordedAsync(sidecar.Http, entry), () => Expire(clock));
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task State_over_grpc_answers_as_recorded(string engine)
    {
        var clock = new ManualClock();
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)], clock: clock);
        await StateReplay.PlayAsync($"{engine}-state-grpc", entry => GrpcReplay.AssertAsRecordedAsync(sidecar.Channel, entry), () => Expire(clock));
    }

    static Task Expire(ManualClock clock)
    {
        clock.Advance(TimeSpan.FromSeconds(2));
        return Task.CompletedTask;
    }
}
