using System.Globalization;
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
        .Query("quantity")
        .Answers<BasketResource>()
        .Refuses(BasketRefusals.Unknown, BasketRefusals.NotOpen);

    static Task<IResult> Handle(string basketId, string productId, HttpRequest request, Documents<Basket> baskets, Command command)
    {
        var quantity = Quantity(request);
        return baskets.Change(basketId, command, basket => basket.RemoveItem(productId, quantity)).Ok();
    }

    /// <summary>Null only when there is no such parameter: an empty one must not empty the line.</summary>
    static int? Quantity(HttpRequest request) =>
        !request.Query.TryGetValue("quantity", out var text) ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var quantity) && quantity >= 1 ? quantity
        : throw new InvalidRequestException("quantity", $"must be a whole number from 1, not {text}.");
}
