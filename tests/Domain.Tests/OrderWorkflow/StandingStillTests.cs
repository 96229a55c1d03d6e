using System.Text.Json;
using MallBots.Contracts;
using MallBots.OrderWorkflow.Runs;
using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit.Hosting;
using MallBots.TestKit;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MallBots.Domain.Tests.OrderWorkflow;

/// <summary>When an instance stands still, and that one which goes on is never taken for it (specification 3, order-workflow).</summary>
public sealed class StandingStillTests
{
    readonly ManualTime clock = new();
    readonly Sightings sightings;

    public StandingStillTests() => sightings = new Sightings(TimeSpan.FromMinutes(1), clock);

    [Fact]
    public void A_run_stands_for_as_long_as_it_has_shown_the_same()
    {
        Assert.Equal(TimeSpan.Zero, sightings.StandsFor("a", "1"));
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(30), sightings.StandsFor("a", "1"));
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(60), sightings.StandsFor("a", "1"));
        Assert.Equal(TimeSpan.Zero, sightings.StandsFor("a", "2"));
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.Zero, sightings.StandsFor("b", "2"));
        Assert.Equal(TimeSpan.FromSeconds(30), sightings.StandsFor("a", "2"));
    }

    [Fact]
    public void A_process_that_did_not_look_for_long_begins_to_wait_anew()
    {
        sightings.StandsFor("a", "1");
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(TimeSpan.Zero, sightings.StandsFor("a", "1"));
    }

    [Fact]
    public void What_is_forgotten_is_seen_for_the_first_time()
    {
        foreach (var forget in new Action[] { () => sightings.Forget("a"), sightings.ForgetAll, () => sightings.KeepOnly(new HashSet<string> { "b" }) })
        {
            sightings.StandsFor("a", "1");
            clock.Advance(TimeSpan.FromSeconds(10));
            forget();
            Assert.Equal(TimeSpan.Zero, sightings.StandsFor("a", "1"));
        }
    }

    [Theory]
    [InlineData("00:02:00", "00:01:00", "00:00:05", true)]
    [InlineData("00:01:15.001", "00:01:00", "00:00:05", true)]
    [InlineData("00:01:15", "00:01:00", "00:00:05", false)]
    [InlineData("00:02:00", "00:05:00", "00:00:05", false)]
    [InlineData("00:02:00", "00:01:00", "00:01:00", false)]
    public void A_service_that_would_take_a_pause_for_standing_still_does_not_start(string stuckAfter, string longestDelay, string callTimeout, bool starts)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Workflow:StuckAfter"] = stuckAfter,
            ["Workflow:LongestDelay"] = longestDelay,
            ["Calls:Timeout"] = callTimeout,
            ["APP_API_TOKEN"] = "x",
        }).Build();
        RunOptions Read() => RunOptions.From(configuration, Patience.From(configuration), KitOptions.From(Apps.OrderWorkflow, configuration));
        if (starts) Assert.Equal(TimeSpan.Parse(stuckAfter, null), Read().StuckAfter);
        else Assert.StartsWith($"order-workflow does not start: Workflow:StuckAfter is {stuckAfter}, and must be longer than", Assert.Throws<InvalidOperationException>(() => Read()).Message);
    }

    [Fact]
    public void An_instance_with_a_longer_patience_of_its_own_may_stand_for_longer()
    {
        var options = new RunOptions { LongestAttempt = TimeSpan.FromSeconds(15) };
        Assert.Equal(TimeSpan.FromMinutes(2), options.MayStandFor(null));
        Assert.Equal(TimeSpan.FromMinutes(2), options.MayStandFor(new Patience()));
        Assert.Equal(TimeSpan.FromSeconds(315), options.MayStandFor(new Patience { LongestDelay = TimeSpan.FromMinutes(5) }));
    }

    /// <summary>Everything that an instance does in a loop moves its custom status, else the sweep would restart it.</summary>
    [Fact]
    public void Every_attempt_moves_the_custom_status_also_those_to_write_to_the_process_document()
    {
        var now = Spec.Start.UtcDateTime;
        var context = new SimulatedContext(nameof(CreateOrder), "o-1", () => now);
        var run = new CreateOrder().RunAsync(context, new RunInput<OrderToCreate>(
            "o-1", new OrderToCreate("o-1", "ann", "p-1", 1m, []), new Patience { AttentionAfter = TimeSpan.FromSeconds(3) }));
        List<string> shown = [Shown()];
        for (var writes = 0; writes < 4; writes++) context.WriteFaults.Enqueue("busy"); // When it calls for attention,
        for (var attempt = 0; attempt < 8; attempt++) Fail();
        Assert.Empty(context.WriteFaults);
        for (var writes = 0; writes < 3; writes++) context.WriteFaults.Enqueue("busy"); // and when that is over.
        context.Reply(new Sent(new CommandAnswer(AnswerOutcome.Over)));
        shown.Add(Shown());
        for (var writes = 0; writes < 3; writes++) Pass();
        Assert.True(run.IsCompletedSuccessfully);
        Assert.Equal(shown.Distinct(), shown);

        void Fail()
        {
            context.Reply(new Sent(null, "No answer."));
            shown.Add(Shown());
            while (context.Command is null) Pass();
        }

        void Pass()
        {
            if (context.Timer is null) return;
            now = now.AddSeconds(1);
            var written = context.WriteFaults.Count;
            context.FireTimer();
            if (context.WriteFaults.Count < written) shown.Add(Shown());
        }

        string Shown() => JsonSerializer.Serialize(context.CustomStatus);
    }

    /// <summary>A clock that stands where the test puts it.</summary>
    sealed class ManualTime : TimeProvider
    {
        long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
