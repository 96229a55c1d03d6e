namespace MallBots.Contracts;

/// <summary>The Dapr app-ids of the mall and the ports their APIs listen on (specification 1).</summary>
public static class Apps
{
    /// <summary>Stores and their products.</summary>
    public const string Stores = "stores";

    /// <summary>Customers.</summary>
    public const string Customers = "customers";

    /// <summary>Baskets and checkout.</summary>
    public const string Baskets = "baskets";

    /// <summary>Payments and invoices.</summary>
    public const string Payments = "payments";

    /// <summary>Orders.</summary>
    public const string Ordering = "ordering";

    /// <summary>The workflows that create and cancel orders.</summary>
    public const string OrderWorkflow = "order-workflow";

    /// <summary>Shopping lists and bots.</summary>
    public const string Depot = "depot";

    /// <summary>Notifications to customers.</summary>
    public const string Notifications = "notifications";

    /// <summary>The SQL read models.</summary>
    public const string Search = "search";

    /// <summary>The one door to all APIs.</summary>
    public const string Gateway = "gateway";

    /// <summary>Every app with its port, the gateway first.</summary>
    public static readonly IReadOnlyDictionary<string, int> Ports = new Dictionary<string, int>
    {
        [Gateway] = 5100,
        [Stores] = 5101,
        [Customers] = 5102,
        [Baskets] = 5103,
        [Payments] = 5104,
        [Ordering] = 5105,
        [OrderWorkflow] = 5106,
        [Depot] = 5107,
        [Notifications] = 5108,
        [Search] = 5109,
    };
}
