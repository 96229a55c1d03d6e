using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Baskets.Features;

/// <summary>Takes units of a product out of a basket.</summary>
public static class RemoveItem
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Delete("/baskets/{basketId}/items/{productId}", Handle)
        .Summary("Takes units of a product out of a basket")
        .Describe("Takes off as many as quantity says (1 or more), without it the whole line; more than there is empties the line. A product that is not in the basket changes nothing.")
        .Query(Filter.Whole("quantity", 1, int.MaxValue))
        .Answers<BasketResource>()
        .Refuses(BasketRefusals.Unknown, BasketRefusals.NotOpen);

    static Task<IResult> Handle(string basketId, string productId, ListQuery query, Documents<Basket> baskets, Command command)
    {
        // An empty parameter must not empty the line.
        var quantity = query.Has("quantity") && query.Text("quantity") is null
            ? throw new InvalidRequestException("quantity", "must be a whole number from 1; leave it out to take off the whole line.")
            : query.Whole("quantity", 1, int.MaxValue);
        return baskets.Change(basketId, command, basket => basket.RemoveItem(productId, quantity)).Ok();
    }
}
