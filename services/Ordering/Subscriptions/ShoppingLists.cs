using System.Collections.Immutable;
using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Ordering.Subscriptions;

/// <summary>An order follows its shopping list: a bot has it, it is completed.</summary>
public sealed class ShoppingLists(Documents<Order> orders, Misfits misfits) : IReaction<ShoppingListResource>
{
    /// <summary>Subscribes to shopping lists.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on.React<ShoppingListResource, ShoppingLists>(Topics.ShoppingList);

    /// <inheritdoc/>
    public async Task See(Seen<ShoppingListResource> seen, CancellationToken cancel)
    {
        if (Reaction(seen.Value) is not { } reaction) return;
        misfits.Note(await orders.Change(seen.Value.OrderId, seen.Command("follow-list", cancel), reaction), seen.Id);
    }

    /// <summary>What the list's state means for its order; null for nothing.</summary>
    static Func<Order, Decision>? Reaction(ShoppingListResource list) => list.Status switch
    {
        ShoppingListStatus.Assigned or ShoppingListStatus.Active => order => order.SeeShopping(),
        ShoppingListStatus.Completed => order => order.SeeShoppingCompleted(Picked(list)),
        _ => null,
    };

    static ImmutableDictionary<string, int> Picked(ShoppingListResource list) => list.Stops
        .SelectMany(stop => stop.Items)
        .GroupBy(item => item.ProductId)
        .ToImmutableDictionary(product => product.Key, product => product.Sum(item => item.Picked));
}
