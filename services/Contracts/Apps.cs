using static MallBots.Contracts.ComponentNames;

namespace MallBots.Contracts;

/// <summary>The services of the mall (specification 1): the one table of what each of them is.</summary>
public static class Apps
{
    /// <summary>The one door to all APIs.</summary>
    public const string Gateway = "gateway";

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

    /// <summary>Every app, the gateway first.</summary>
    public static IReadOnlyList<App> All { get; } =
    [
        new(Gateway, 5100),
        new(Stores, 5101)
        {
            Resources = ["stores", "products"],
            Components = [PubSub, StateStore],
        },
        new(Customers, 5102)
        {
            Resources = ["customers"],
            Components = [PubSub, StateStore],
            Commands = [new("authorize-customer", OrderWorkflow)],
        },
        new(Baskets, 5103)
        {
            Resources = ["baskets"],
            Components = [PubSub, StateStore],
            Hears = [Topics.Store, Topics.Product, Topics.Customer],
        },
        new(Payments, 5104)
        {
            Resources = ["payments", "invoices"],
            Components = [PubSub, StateStore, Secrets],
            Hears = [Topics.Order],
            Commands = [new("confirm-payment", OrderWorkflow), new("release-payment", OrderWorkflow)],
        },
        new(Ordering, 5105)
        {
            Resources = ["orders"],
            Components = [PubSub, StateStore],
            Hears = [Topics.Basket, Topics.ShoppingList, Topics.Payment],
            Commands =
            [
                new("begin-order", OrderWorkflow), new("approve-order", OrderWorkflow), new("reject-order", OrderWorkflow),
                new("begin-cancel", OrderWorkflow), new("cancel-order", OrderWorkflow), new("refuse-cancel", OrderWorkflow),
            ],
        },
        new(OrderWorkflow, 5106)
        {
            Resources = ["order-workflows"],
            Components = [PubSub, StateStore, WorkflowStore],
            Hears = [Topics.Order],
        },
        new(Depot, 5107)
        {
            Resources = ["shopping-lists", "bots"],
            Components = [PubSub, StateStore],
            Hears = [Topics.Store, Topics.Product],
            Commands = [new("create-shopping-list", OrderWorkflow), new("initiate-shopping", OrderWorkflow), new("cancel-shopping-list", OrderWorkflow)],
        },
        new(Notifications, 5108)
        {
            Resources = ["notifications"],
            Components = [PubSub, StateStore, Sms],
            Hears = [Topics.Customer, Topics.Order],
        },
        new(Search, 5109)
        {
            Resources = ["search"],
            Components = [PubSub, StateStore, Secrets],
            Hears = [Topics.Order, Topics.Customer, Topics.Store, Topics.Product],
        },
    ];

    /// <summary>Every app-id with its port, the gateway first.</summary>
    public static IReadOnlyDictionary<string, int> Ports { get; } = All.ToDictionary(app => app.Id, app => app.Port);

    /// <summary>The app of that id.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static App Of(string id) => All.FirstOrDefault(app => app.Id == id) ?? throw new ArgumentException($"There is no app {id}.", nameof(id));
}
