using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Local.Audit;

/// <summary>Everything that the rules look at, as one reading found it.</summary>
sealed record MallSnapshot
{
    public required IReadOnlyList<BasketResource> CheckedOutBaskets { get; init; }

    public required IReadOnlyList<OrderResource> Orders { get; init; }

    public required IReadOnlyList<PaymentResource> Payments { get; init; }

    public required IReadOnlyList<ShoppingListResource> ShoppingLists { get; init; }

    public required IReadOnlyList<BotResource> Bots { get; init; }

    public required IReadOnlyList<NotificationResource> Notifications { get; init; }

    public required IReadOnlyList<OrderWorkflowResource> Workflows { get; init; }

    public required IReadOnlyList<OrderSearchResult> FoundOrders { get; init; }

    public required IReadOnlyList<ProductSearchResult> FoundProducts { get; init; }

    public required SystemHealth Health { get; init; }

    /// <summary>What only the services themselves know; null when the auditor has no token for it.</summary>
    public Internals? Internals { get; init; }
}

/// <summary>What no public API shows.</summary>
sealed record Internals
{
    public required IReadOnlyList<EntityItem<StoreResource>> Stores { get; init; }

    public required IReadOnlyList<EntityItem<ProductResource>> Products { get; init; }

    public required IReadOnlyList<EntityItem<CustomerResource>> Customers { get; init; }

    /// <summary>For every service and every topic that it keeps copies of: what it keeps, beside what the owner has.</summary>
    public required IReadOnlyList<ReplicaSet> Replicas { get; init; }

    /// <summary>The provider's ledger; null where the provider is not the simulated one.</summary>
    public required IReadOnlyDictionary<string, LedgerAccount>? Ledger { get; init; }

    /// <summary>The events of every aggregate's documents.</summary>
    public required IReadOnlyList<EntityEvents> Lives { get; init; }

    /// <summary>True when staff corrected the invoice of this payment.</summary>
    public bool WasAdjusted(string paymentId) =>
        Lives.Any(life => life.Resource == Topics.Payment.Resource && life.Id == paymentId && life.Events.Any(happened => happened.Type == "InvoiceAdjusted"));
}

/// <summary>The copies that a service keeps of one topic's entities.</summary>
/// <param name="Keeper">App-id of the service that keeps them.</param>
/// <param name="Topic">Whose entities they are.</param>
/// <param name="Owned">The entities at their owner.</param>
/// <param name="Kept">The copies by id.</param>
sealed record ReplicaSet(
    string Keeper, ReplicatedTopic Topic, IReadOnlyList<EntityItem<JsonElement>> Owned, IReadOnlyDictionary<string, EntityItem<JsonElement>> Kept);
