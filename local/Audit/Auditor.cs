using MallBots.Local.Audit.Rules;

namespace MallBots.Local.Audit;

/// <summary>
/// Holds a running mall against the list of the specification's section 6, once it is quiet. A finding counts when it is still there after
/// <see cref="AuditOptions.Within"/>: an event that a broker lost may cost minutes, but never an order (specification 2, replicas).
/// </summary>
public static class Auditor
{
    static readonly Func<MallSnapshot, IEnumerable<Violation>>[] AllRules =
    [
        OneOrderPerBasket.Check, BoundPayments.Check, NothingKeptForEndedOrders.Check, Amounts.Check, ProviderLedger.Check,
        BotsAndLists.Check, SearchShowsOrders.Check, OneNotificationPerEntry.Check, ReplicasEqualOwners.Check, GivenUpIsListed.Check,
        StateFollowsFromEvents.Check,
    ];

    /// <summary>How many rules there are; their numbers begin with 0, that states follow from events.</summary>
    internal static int Rules => AllRules.Length;

    /// <summary>Waits until the mall is quiet, reads all of it and checks every rule.</summary>
    public static async Task<AuditReport> Audit(MallAccess access, AuditOptions options, TimeProvider clock, CancellationToken cancel)
    {
        using var mall = new MallReader(access);
        var began = clock.GetTimestamp();
        var restless = await Quiet.Await(mall, options, clock, cancel);
        while (true)
        {
            var snapshot = await SnapshotReader.Read(mall, internals: true, cancel);
            var violations = restless.Concat(AllRules.SelectMany(rule => rule(snapshot))).ToList();
            if (violations.Count == 0 || clock.GetElapsedTime(began) > options.Within) return new(violations, Count(snapshot), NotSeen(snapshot));
            await Task.Delay(options.Pause, clock, cancel);
            restless = await Quiet.Await(mall, options with { Within = options.Within - clock.GetElapsedTime(began) }, clock, cancel);
        }
    }

    static Dictionary<string, int> Count(MallSnapshot mall)
    {
        var counts = new Dictionary<string, int>
        {
            ["checked-out baskets"] = mall.CheckedOutBaskets.Count,
            ["orders"] = mall.Orders.Count,
            ["payments"] = mall.Payments.Count,
            ["shopping lists"] = mall.ShoppingLists.Count,
            ["bots"] = mall.Bots.Count,
            ["notifications"] = mall.Notifications.Count,
            ["workflows"] = mall.Workflows.Count,
            ["rows of search"] = mall.FoundOrders.Count + mall.FoundProducts.Count,
        };
        if (mall.Internals is not { } seen) return counts;
        counts["replicas"] = seen.Replicas.Sum(set => set.Owned.Count);
        counts["accounts of the provider"] = seen.Ledger?.Count ?? 0;
        counts["rebuilt states"] = seen.Lives.Count;
        return counts;
    }

    static IReadOnlyList<string> NotSeen(MallSnapshot mall) => mall.Internals switch
    {
        null => ["rules 5 (the provider's ledger), 9 (replicas) and rebuilding need the services' internal routes: give --data, or APP_API_TOKEN in the environment",
            "rule 4: whether an invoice was adjusted is only in the payment's events, so its amount is not held against the order's total"],
        { Ledger: null } => ["rule 5: the ledger of a provider that is not simulated is the provider's own"],
        _ => [],
    };
}

/// <summary>How patient the auditor is.</summary>
public sealed record AuditOptions
{
    /// <summary>How long it waits for quiet, and for findings to go away by themselves.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long nothing must change in a mall that waits for somebody, to call it quiet.</summary>
    public TimeSpan Still { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause between two looks.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(500);
}
