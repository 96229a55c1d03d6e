using System.Text.Json;
using MallBots.Baskets.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Baskets;

static class BasketAssertions
{
    /// <summary>Refused as outdated with exactly these changes, which the event takes over and the answer lists.</summary>
    public static When<Basket> ThenOutdated(this When<Basket> when, params BasketChange[] changes)
    {
        Assert.Equal(BasketRefusals.Outdated, when.Decision.Refusal?.Kind);
        Assert.Equal(changes, Assert.IsType<BasketRepriced>(Assert.Single(when.Decision.Events)).Changes);
        var listed = JsonSerializer.SerializeToElement(when.Decision.Refusal!.Data).GetProperty("changes");
        Assert.Equal(changes.Select(change => change.ProductId), listed.EnumerateArray().Select(change => change.GetProperty("ProductId").GetString()!));
        return when;
    }

    public static When<Basket> ThenRefusedAs(this When<Basket> when, string code, int status)
    {
        Assert.Equal((code, status), (when.Decision.Refusal?.Code, when.Decision.Refusal?.Kind.Status));
        Assert.Empty(when.Decision.Events);
        return when;
    }
}
