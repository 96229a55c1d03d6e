using MallBots.Contracts;
using MallBots.Depot.Domain;

namespace MallBots.Depot.Work;

/// <summary>Tells the bots of this process at once that a list waits; those of other replicas find it in the small set.</summary>
sealed class WaitingLists
{
    /// <summary>Called with each list that became available here.</summary>
    public event Action<ShoppingList>? Waits;

    /// <summary>Announces the list, if it waits.</summary>
    public void Announce(ShoppingList list)
    {
        if (list.Status == ShoppingListStatus.Available) Waits?.Invoke(list);
    }
}
