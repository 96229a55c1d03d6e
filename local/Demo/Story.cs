using System.Globalization;
using MallBots.Contracts;

namespace MallBots.Local.Demo;

/// <summary>
/// The story of specification 1, told over the public APIs: a customer's order from basket to completed, and another's that is rejected.
/// </summary>
internal sealed class Story(MallClient mall, TimeLine line)
{
    /// <summary>What Ann takes: five products of four stores.</summary>
    static readonly (string Sku, int Quantity)[] AnnsList = [("LK-1001", 2), ("HC-1001", 1), ("MO-1015", 3), ("BB-1015", 1), ("MO-1050", 2)];

    /// <summary>What Bilal takes.</summary>
    static readonly (string Sku, int Quantity)[] BilalsList = [("PP-1029", 1), ("VV-1001", 1)];

    /// <summary>A product of a store that does not take part.</summary>
    const string NotForSale = "PU-1001";

    static readonly OrderStatus[] WayToCompleted =
        [OrderStatus.Pending, OrderStatus.Approved, OrderStatus.InProgress, OrderStatus.Ready, OrderStatus.Completed];

    static readonly OrderStatus[] WayToRejected = [OrderStatus.Pending, OrderStatus.Rejected];

    public async Task Tell(SeedMall seed, CancellationToken cancellationToken)
    {
        line.Chapter("The mall opens");
        var loader = new SeedLoader(mall);
        await line.Step("the seed mall loaded", async () =>
        {
            await loader.Load(seed, cancellationToken);
            return loader;
        });
        line.Seen("stores opened", $"{seed.Stores.Count}, {seed.Stores.Count(store => !store.Participating)} of them not participating");
        line.Seen("products added", $"{loader.Products.Count}");
        line.Seen("customers registered", string.Join(", ", loader.Customers.Select(customer => customer.Name)));

        await AnnGetsHerOrder(loader, cancellationToken);
        await BilalsPaymentIsTooLow(loader, cancellationToken);
        line.Chapter("Every step was seen.");
    }

    async Task AnnGetsHerOrder(SeedLoader seed, CancellationToken cancellationToken)
    {
        var ann = seed.Customers[0];
        line.Chapter($"{ann.Name} shops");
        var basket = await Shop(ann, AnnsList, seed, cancellationToken);

        await line.Step("the product of a store that does not take part refused", async () =>
        {
            var refused = await Refusal(() => mall.AddItem(basket.BasketId, seed.Products[NotForSale].ProductId, 1, cancellationToken));
            return refused == "store-not-participating" ? refused : throw new StepNotSeen($"it was {refused ?? "accepted"}");
        });
        line.Seen("not for sale", $"{seed.Products[NotForSale].Name}: store-not-participating");

        // More than the total, as a kiosk would hold it; a round amount never ends in .13, which the simulated provider declines.
        var payment = await Authorize(ann, Math.Ceiling(basket.Total / 10) * 10, cancellationToken);
        var orderId = await CheckOut(basket, payment, cancellationToken);

        var order = await Watch(orderId, WayToCompleted, whenReady: Pay, cancellationToken);
        await line.Until("the payment captured", async () =>
        {
            var now = await mall.FindPayment(payment.PaymentId, cancellationToken);
            return (now is { Status: PaymentStatus.Captured } && now.CapturedAmount == order.Total ? now : null, $"{now}");
        }, cancellationToken);
        line.Seen("payment captured", $"{Money(order.Total)} of the {Money(payment.Amount)} held");

        await ExpectNotifications(
            order,
            [NotificationKind.OrderReceived, NotificationKind.OrderApproved, NotificationKind.OrderReady, NotificationKind.OrderCompleted],
            cancellationToken);
        await ExpectInSearch(order, WayToCompleted, cancellationToken);
    }

    async Task BilalsPaymentIsTooLow(SeedLoader seed, CancellationToken cancellationToken)
    {
        var bilal = seed.Customers[1];
        line.Chapter($"{bilal.Name} has too little held");
        var basket = await Shop(bilal, BilalsList, seed, cancellationToken);
        var payment = await Authorize(bilal, 10m, cancellationToken);
        var orderId = await CheckOut(basket, payment, cancellationToken);

        var order = await Watch(orderId, WayToRejected, whenReady: null, cancellationToken);
        await line.Step("the reason payment-amount-too-low", () => order.Reason?.Code == "payment-amount-too-low"
            ? Task.FromResult(order)
            : throw new StepNotSeen($"the reason is {order.Reason}"));
        line.Seen("the reason", $"{order.Reason!.Code}: {order.Reason.Text}");

        await line.Until("the payment released", async () =>
        {
            var now = await mall.FindPayment(payment.PaymentId, cancellationToken);
            return (now is { Status: PaymentStatus.Released } ? now : null, $"{now}");
        }, cancellationToken);
        line.Seen("payment released", Money(payment.Amount));
        await line.Until("the shopping list canceled", async () =>
        {
            var now = await mall.FindShoppingList(orderId, cancellationToken);
            return (now is { Status: ShoppingListStatus.Canceled } ? now : null, $"{now?.Status}");
        }, cancellationToken);
        line.Seen("shopping list canceled");

        await ExpectNotifications(order, [NotificationKind.OrderReceived, NotificationKind.OrderRejected], cancellationToken);
        await ExpectInSearch(order, WayToRejected, cancellationToken);
    }

    async Task<BasketResource> Shop(
        CustomerResource customer, (string Sku, int Quantity)[] list, SeedLoader seed, CancellationToken cancellationToken)
    {
        var basket = await line.Step("a basket", () => mall.StartBasket(customer.CustomerId, cancellationToken));
        foreach (var (sku, quantity) in list)
        {
            var product = seed.Products[sku];
            basket = await line.Step($"{product.Name} in the basket", () => mall.AddItem(basket.BasketId, product.ProductId, quantity, cancellationToken));
        }

        foreach (var item in basket.Items)
            line.Seen("in the basket", $"{item.Quantity} x {item.ProductName} ({item.StoreName}) at {Money(item.Price)}");

        var total = list.Sum(wanted => wanted.Quantity * seed.Products[wanted.Sku].Price);
        return await line.Step($"a total of {Money(total)}", () => basket.Total == total
            ? Task.FromResult(basket)
            : throw new StepNotSeen($"the total is {Money(basket.Total)}"));
    }

    async Task<PaymentResource> Authorize(CustomerResource customer, decimal amount, CancellationToken cancellationToken)
    {
        var payment = await line.Step("a payment", () => mall.AuthorizePayment(customer.CustomerId, amount, cancellationToken));
        payment = await line.Until("the payment authorised", async () =>
        {
            var now = await mall.FindPayment(payment.PaymentId, cancellationToken);
            return (now is { Status: PaymentStatus.Authorized } ? now : null, $"{now?.Status}");
        }, cancellationToken);
        line.Seen("payment authorised", Money(payment.Amount));
        return payment;
    }

    async Task<string> CheckOut(BasketResource basket, PaymentResource payment, CancellationToken cancellationToken)
    {
        var orderId = await line.Step("checkout", () => mall.CheckOut(basket.BasketId, payment.PaymentId, cancellationToken));
        line.Seen("checked out", $"order {orderId}, total {Money(basket.Total)}");
        return orderId;
    }

    /// <summary>Follows the order's own history, so that no status is missed however fast it goes, and checks that it went the expected way.</summary>
    async Task<OrderResource> Watch(
        string orderId, OrderStatus[] way, Func<OrderResource, CancellationToken, Task>? whenReady, CancellationToken cancellationToken)
    {
        OrderResource? order = null;
        var seen = 0;
        foreach (var (step, status) in way.Index())
        {
            order = await line.Until($"the order {Name(status)}", async () =>
            {
                var now = await mall.FindOrder(orderId, cancellationToken);
                return (now is not null && Way(now).Length > step ? now : null, now is null ? "no such order yet" : $"the order is {Name(now.Status)}");
            }, cancellationToken);
            await line.Step($"the order {Name(status)}", () => Way(order)[step] == status
                ? Task.FromResult(order)
                : throw new StepNotSeen($"it went {string.Join(", ", Way(order).Select(Name))} {order.Reason}"));

            // Events that keep the status, such as a request to cancel, are entries of the history too.
            foreach (var entry in order.History.Skip(seen).TakeWhile(entry => entry.Status == status))
            {
                line.Seen($"order {Name(entry.Status)}", string.Create(CultureInfo.InvariantCulture, $"{entry.Event} at {entry.At:HH:mm:ss.fff} {entry.Note}"));
                seen++;
            }

            if (status == OrderStatus.Ready && whenReady is not null) await whenReady(order, cancellationToken);
        }

        return order!;
    }

    async Task Pay(OrderResource order, CancellationToken cancellationToken)
    {
        var invoice = await line.Until("the invoice", async () =>
        {
            var now = await mall.FindInvoice(order.OrderId, cancellationToken);
            return (now is { Status: InvoiceStatus.Pending } ? now : null, $"{now?.Status.ToString() ?? "no invoice yet"}");
        }, cancellationToken);
        line.Seen("invoice", Money(invoice.Amount));
        var paid = await line.Step("the invoice paid", () => mall.PayInvoice(invoice.InvoiceId, cancellationToken));
        await line.Step("the invoice paid", () => paid.Status == InvoiceStatus.Paid && paid.Amount == order.Total
            ? Task.FromResult(paid)
            : throw new StepNotSeen($"{paid}"));
        line.Seen("invoice paid", Money(paid.Amount));
    }

    async Task ExpectNotifications(OrderResource order, NotificationKind[] kinds, CancellationToken cancellationToken)
    {
        var sent = await line.Until($"notifications {string.Join(", ", kinds)}, each once and sent", async () =>
        {
            var now = await mall.Notifications(order.OrderId, cancellationToken).ToListAsync(cancellationToken);
            var all = now.Select(notification => notification.Kind).Order().SequenceEqual(kinds.Order())
                && now.All(notification => notification.Status == NotificationStatus.Sent);
            return (all ? now : null, string.Join(", ", now.Select(notification => $"{notification.Kind} {notification.Status}")));
        }, cancellationToken);
        foreach (var notification in sent.OrderBy(notification => Array.IndexOf(kinds, notification.Kind)))
            line.Seen("notification", $"{notification.SmsNumber}: {notification.Text}");
    }

    async Task ExpectInSearch(OrderResource order, OrderStatus[] way, CancellationToken cancellationToken)
    {
        await line.Until($"search shows {string.Join(", ", way.Select(Name))}", async () =>
        {
            var row = await mall.FindInSearch(order.OrderId, cancellationToken);
            var whole = row is { History: { } history } && row.Status == order.Status && row.Total == order.Total
                && way.All(status => history.Any(entry => entry.Status == status));
            return (whole ? row : null, $"{row?.Status.ToString() ?? "no row yet"}");
        }, cancellationToken);
        await line.Until("search finds it by its customer", async () =>
        {
            var rows = await mall.SearchOrders(order.CustomerId, cancellationToken).ToListAsync(cancellationToken);
            return (rows.Find(row => row.OrderId == order.OrderId), $"{rows.Count} other orders");
        }, cancellationToken);
        line.Seen("found by search", $"{Name(order.Status)}, {Money(order.Total)}, with its whole way");
    }

    /// <summary>The code of the refusal, or null when it was not refused.</summary>
    static async Task<string?> Refusal<T>(Func<Task<T>> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (UnexpectedAnswer refused)
        {
            return refused.Code;
        }
    }

    /// <summary>The statuses that an order has gone through, each once.</summary>
    static OrderStatus[] Way(OrderResource order) =>
        [.. order.History.Where((entry, index) => index == 0 || order.History[index - 1].Status != entry.Status).Select(entry => entry.Status)];

    static string Name(OrderStatus status) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(status.ToString());

    static string Money(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);
}
