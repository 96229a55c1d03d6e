namespace MallBots.Contracts;

/// <summary>
/// Every topic is <c>mallbots.&lt;app&gt;.&lt;aggregate&gt;</c>, every type on it <c>mallbots.&lt;app&gt;.&lt;event&gt;.v1</c> (specification 5).
/// </summary>
public static class Topics
{
    /// <summary>store-created, store-rebranded, store-participation-changed.</summary>
    public static readonly Topic<StoreResource> Store = new(Apps.Stores, "store");

    /// <summary>product-added, -rebranded, -price-increased, -price-decreased, -removed.</summary>
    public static readonly Topic<ProductResource> Product = new(Apps.Stores, "product");

    /// <summary>customer-registered, -sms-changed, -enabled, -disabled.</summary>
    public static readonly Topic<CustomerResource> Customer = new(Apps.Customers, "customer");

    /// <summary>basket-started, -canceled, -checked-out.</summary>
    public static readonly Topic<BasketResource> Basket = new(Apps.Baskets, "basket");

    /// <summary>order-created, -approved, -rejected, -cancel-requested, -cancel-refused, -shopping-started, -readied, -canceled, -completed.</summary>
    public static readonly Topic<OrderResource> Order = new(Apps.Ordering, "order");

    /// <summary>shopping-list-created, -initiated, -assigned, -completed, -canceled.</summary>
    public static readonly Topic<ShoppingListResource> ShoppingList = new(Apps.Depot, "shopping-list");

    /// <summary>bot-registered, -came-online, -went-offline, -activated, -idled.</summary>
    public static readonly Topic<BotResource> Bot = new(Apps.Depot, "bot");

    /// <summary>payment-authorized, -declined, -confirmed, -captured, -released, invoice-created, -adjusted, -paid, -canceled.</summary>
    public static readonly Topic<PaymentResource> Payment = new(Apps.Payments, "payment");

    /// <summary>notification-sent, -failed.</summary>
    public static readonly Topic<NotificationResource> Notification = new(Apps.Notifications, "notification");

    /// <summary>All topics.</summary>
    public static IReadOnlyList<Topic> All { get; } = [Store, Product, Customer, Basket, Order, ShoppingList, Bot, Payment, Notification];
}

/// <summary>A topic: where the events of one aggregate are published.</summary>
/// <param name="Owner">App-id of the publisher, who also answers internal queries about the entity.</param>
/// <param name="Resource">Name of the aggregate; <c>/internal/&lt;resource&gt;</c> at the owner.</param>
public record Topic(string Owner, string Resource)
{
    /// <summary>The topic's name at the broker.</summary>
    public string Name => $"mallbots.{Owner}.{Resource}";
}

/// <summary>A topic and what its events carry.</summary>
/// <typeparam name="TValue">The public values of the entity that the events are about.</typeparam>
/// <param name="Owner">App-id of the publisher.</param>
/// <param name="Resource">Name of the aggregate.</param>
public sealed record Topic<TValue>(string Owner, string Resource) : Topic(Owner, Resource) where TValue : class;

/// <summary>The data of every integration event: the fact, and the whole entity as it was after it (specification 5).</summary>
/// <typeparam name="TValue">The public values of the entity.</typeparam>
/// <param name="Value">The entity's public values right after the event.</param>
/// <param name="Removed">True when the entity is gone for good; the value then holds what it was.</param>
/// <param name="Fact">What happened, with the event's own fields.</param>
public sealed record EntityEvent<TValue>(TValue Value, bool Removed, System.Text.Json.JsonElement? Fact = null) where TValue : class;
