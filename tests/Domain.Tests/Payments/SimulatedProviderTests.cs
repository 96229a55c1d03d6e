using MallBots.Payments.Provider;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Payments;

/// <summary>The simulated provider behaves like a real one: by key, and over a restart.</summary>
public sealed class SimulatedProviderTests
{
    readonly MemoryStateStore store = new();

    SimulatedProvider Provider => new(store); // A new one each time, as after a restart.

    [Fact]
    public async Task A_repeated_key_is_answered_as_before_and_does_nothing_more()
    {
        Assert.Equal(ProviderAnswer.Accepted, await Provider.Authorize("p-1", 50m, "k-1", default));
        Assert.Equal(ProviderAnswer.Accepted, await Provider.Authorize("p-1", 50m, "k-1", default));
        Assert.Equal((50m, 50m, 0m), await Ledger());

        Assert.Equal(ProviderAnswer.Accepted, await Provider.Capture("p-1", 40m, "k-2", default));
        Assert.Equal(ProviderAnswer.Accepted, await Provider.Capture("p-1", 40m, "k-2", default));
        Assert.Equal((50m, 0m, 40m), await Ledger());
    }

    [Fact]
    public async Task A_second_key_holds_a_second_time_so_that_a_doubling_shows()
    {
        await Provider.Authorize("p-1", 50m, "k-1", default);
        await Provider.Authorize("p-1", 50m, "k-2", default);
        Assert.Equal((100m, 100m, 0m), await Ledger());
    }

    [Theory]
    [InlineData("0.13")]
    [InlineData("19.13")]
    [InlineData("999999.13")]
    public async Task Amounts_that_end_in_13_are_declined(string amount)
    {
        Assert.Equal(ProviderAnswer.Declined, await Provider.Authorize("p-1", decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), "k-1", default));
        Assert.Equal((0m, 0m, 0m), await Ledger());
    }

    [Fact]
    public async Task More_than_is_held_is_not_captured_and_nothing_after_a_void()
    {
        await Provider.Authorize("p-1", 50m, "k-1", default);
        Assert.Equal(ProviderAnswer.Declined, await Provider.Capture("p-1", 50.01m, "k-2", default));
        Assert.Equal(ProviderAnswer.Accepted, await Provider.Void("p-1", "k-3", default));
        Assert.Equal(ProviderAnswer.Declined, await Provider.Capture("p-1", 40m, "k-4", default));
        Assert.Equal((50m, 0m, 0m), await Ledger());
    }

    [Fact]
    public async Task Calls_with_one_key_at_once_hold_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Provider.Authorize("p-1", 50m, "k-1", default))));
        Assert.All(answers, answer => Assert.Equal(ProviderAnswer.Accepted, answer));
        Assert.Equal((50m, 50m, 0m), await Ledger());
    }

    async Task<(decimal Authorized, decimal Held, decimal Captured)> Ledger()
    {
        var account = await Provider.Account("p-1", default);
        return (account.Authorized, account.Held, account.Captured);
    }
}
