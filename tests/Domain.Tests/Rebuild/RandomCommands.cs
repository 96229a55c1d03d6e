using System.Collections.Immutable;
using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.Depot.Domain;
using MallBots.Notifications.Domain;
using MallBots.Ordering.Domain;
using MallBots.OrderWorkflow.Domain;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Domain;
using MallBots.Stores.Domain;

namespace MallBots.Domain.Tests.Rebuild;

/// <summary>For every aggregate, one of its commands at random: what it decides in this state.</summary>
static class RandomCommands
{
    /// <summary>Those that there are, by aggregate.</summary>
    public static readonly IReadOnlyDictionary<Type, Life> Lives = new Life[]
    {
        new Life<Store>(OfStore), new Life<Product>(OfProduct), new Life<Customer>(OfCustomer), new Life<Basket>(OfBasket), new Life<Payment>(OfPayment),
        new Life<Order>(OfOrder), new Life<OrderProcess>(OfProcess), new Life<ShoppingList>(OfShoppingList), new Life<Bot>(OfBot),
        new Life<Notification>(OfNotification) { IsShort = true }, // Ten attempts, and it has its end.
    }.ToDictionary(life => life.Aggregate);

    static Decision OfStore(Store? store, Dice dice) =>
        store is null ? Store.Create("s", dice.Text(), dice.Text())
        : dice.Flips() ? store.Rebrand(dice.Text())
        : store.SetParticipation(dice.Flips());

    static Decision OfProduct(Product? product, Dice dice) =>
        product is null ? new ProductAdded("p", "s", dice.Text(), dice.Text(), dice.Text(), dice.Money())
        : dice.Ends() ? product.Remove()
        : dice.Flips() ? product.Rebrand(dice.Text(), dice.Text())
        : product.ChangePrice(dice.Money());

    static Decision OfCustomer(Customer? customer, Dice dice) => customer is null ? Customer.Register("c", dice.Text(), dice.Text()) : dice.Below(3) switch
    {
        0 => customer.ChangeSmsNumber(dice.Text()),
        1 => customer.Authorize(),
        _ => customer.SetEnabled(dice.Flips()),
    };

    static Decision OfBasket(Basket? basket, Dice dice)
    {
        if (basket is null) return Basket.Start("b", dice.Text(), dice.Of(null, new Shopper(false), new Shopper(true), new Shopper(true)));
        if (dice.Ends()) return dice.Flips() ? basket.Cancel() : basket.CheckOut(dice.Text(), basket.Items.ToDictionary(line => line.ProductId, AsSeen));
        return dice.Below(4) switch
        {
            0 or 1 => basket.AddItem(Product(), dice.Units(), dice.Below(9) == 0 ? null : Offer(Product())),
            2 => basket.RemoveItem(Product(), dice.Flips() ? null : dice.Units()),
            _ => basket.CheckOut("pay", Enumerable.Range(0, 6).Select(_ => Offer(Product())).DistinctBy(offer => offer.ProductId).ToDictionary(offer => offer.ProductId)),
        };

        string Product() => $"p{dice.Below(5)}";

        Offer Offer(string product) => new(product, "s", dice.Text(), dice.Text(), dice.Money() + dice.Below(1_000) / 1_000m, dice.Below(6) == 0, dice.Below(6) != 0);

        static Offer AsSeen(BasketLine line) => new(line.ProductId, line.StoreId, line.StoreName, line.ProductName, line.Price, line.Unavailable, true);
    }

    static Decision OfPayment(Payment? payment, Dice dice)
    {
        if (payment is null) return Payment.Request("p", dice.Of("ann", "bob"), 10m + dice.Money());
        var (order, customer) = (dice.Of("o-1", "o-1", "o-2"), dice.Of("ann", "bob"));
        if (dice.Ends())
        {
            return dice.Below(5) switch
            {
                0 => payment.ReleaseFor(order, customer),
                1 => payment.Withdraw(),
                2 => payment.Expire(dice.Moment()),
                3 => payment.CancelInvoice(order),
                _ => Settle(accepted: dice.Flips()),
            };
        }

        return dice.Below(6) switch
        {
            0 => payment.Confirm(order, customer, dice.Money()),
            1 => payment.BillOrder(order, dice.Money()),
            2 => payment.PayInvoice(order),
            3 => payment.AdjustInvoice(order, dice.Money()),
            _ => Settle(accepted: payment.Announced?.Action == ProviderAction.Authorize),
        };

        // A void is never declined.
        Decision Settle(bool accepted) => payment.Settle(
            dice.Below(5) == 0 ? "another-call" : payment.Announced?.Key ?? "no-call", accepted || payment.Announced?.Action == ProviderAction.Void);
    }

    static Decision OfOrder(Order? order, Dice dice)
    {
        var lines = Enumerable.Range(0, 1 + dice.Below(3)).Select(number => new OrderLine($"p{number}", "s", dice.Text(), dice.Text(), dice.Money(), dice.Units()));
        var checkout = new OrderCreated("o", dice.Text(), "pay", dice.Moment(), [.. lines]);
        if (order is null) return Order.Place(order, checkout);
        var request = dice.Below(4) == 0 ? dice.Below(9) : order.CancelRequest?.Request ?? 0;
        if (dice.Ends())
        {
            return dice.Below(6) switch
            {
                0 => order.Reject(dice.Text(), dice.Text()),
                1 => order.CancelBeforeApproval(),
                2 => order.CancelAfterApproval(request),
                3 => order.SeeShopping(),
                4 => order.SeeShoppingCompleted(order.Items.Take(dice.Below(3)).ToImmutableDictionary(line => line.ProductId, _ => dice.Units())),
                _ => order.SeeInvoice("o", dice.Of<InvoiceStatus>([.. Enum.GetValues<InvoiceStatus>()])),
            };
        }

        return dice.Below(4) switch
        {
            0 => dice.Flips() ? order.Approve("o") : Order.Place(order, checkout),
            1 or 2 => order.AskToCancel(dice.Text()),
            _ => order.RefuseCancel(request, dice.Text()),
        };
    }

    static Decision OfProcess(OrderProcess? process, Dice dice)
    {
        var run = dice.Of("o", "o", "cancel-o-2");
        var plan = new RunPlanned("o", run, dice.Text(), dice.Flips() ? null : dice.Below(9));
        if (process is null) return OrderProcess.Plan(process, plan);
        if (dice.Ends()) return process.End(run, dice.Text(), dice.Flips() ? null : dice.Text(), [Step(), Step()]);
        var restarts = process.Run(run)?.Restarts.Count ?? 0;
        return dice.Below(12) switch
        {
            0 => OrderProcess.Plan(process, plan),
            1 or 2 => process.Scheduled(run, restarts),
            3 => process.CallForAttention(run, dice.Of("release-payment", "confirm-payment"), dice.Below(9), dice.Flips(), dice.Text()),
            4 => process.GoOn(run),
            5 => process.Fail(run, dice.Text()),
            6 or 7 => process.StandStill(run, restarts, dice.Text()),
            8 => process.Lose(run, restarts, dice.Text()),
            9 => process.LetGo(run, restarts),
            _ => process.Resume(giveUp: dice.Flips(), dice.Of("release-payment", "confirm-payment"), dice.Text()),
        };

        OrderWorkflowStep Step() => new(
            dice.Text(), dice.Of(null, "approved", "givenUp"), null, dice.Text(), dice.Units(), dice.Moment().UtcDateTime, dice.Flips() ? null : dice.Moment().UtcDateTime, dice.Text());
    }

    static Decision OfShoppingList(ShoppingList? list, Dice dice)
    {
        var (bot, store, product) = (dice.Of("b-1", "b-2"), dice.Of("s-1", "s-2"), dice.Of("p-1", "p-2"));
        if (list is null) return dice.Ends() ? ShoppingList.Cancel(list, "o") : dice.Flips() ? ShoppingList.Initiate(list, "o") : ShoppingList.Create(list, "o", [Stop("s-1"), Stop("s-2")]);
        if (dice.Ends()) return dice.Flips() ? ShoppingList.Cancel(list, "o") : list.Complete(bot, everything: dice.Flips(), dice.Of<int?>(null, list.Attempt, list.Attempt - 1));
        return dice.Below(8) switch
        {
            0 => dice.Flips() ? ShoppingList.Initiate(list, "o") : ShoppingList.Create(list, "o", [Stop("s-2")]),
            1 => list.CanBeTaken() is { Refusal: { } no } ? no : list.Assign(bot, list.Attempt),
            2 => list.Assign(bot, dice.Units()),
            3 or 4 => list.Pick(bot, store, product, dice.Units()),
            5 => list.PickAllAt(store, bot, list.Attempt),
            _ => list.TakeBack(bot, list.Attempt, dice.Below(5) == 0 ? dice.Moment() : list.ProgressAt),
        };

        ShoppingStop Stop(string id) => new(id, dice.Text(), dice.Text(), [new("p-1", dice.Text(), 1 + dice.Below(500), 0), new("p-2", dice.Text(), dice.Units(), 0)]);
    }

    static Decision OfBot(Bot? bot, Dice dice)
    {
        if (bot is null) return Bot.Register("b", dice.Text());
        var (list, attempt) = (dice.Of("l-1", "l-2"), 1 + dice.Below(2));
        return dice.Below(5) switch
        {
            0 => bot.SetOnline(dice.Below(3) != 0),
            1 => bot.Reserve(list, attempt, dice.Of(null, "replica", dice.Text())),
            2 => bot.ArriveAt(dice.Text(), list),
            3 => bot.Free(list, attempt),
            _ => bot.Reservation is { } at ? bot.Free(at.List, at.Attempt) : bot.SetOnline(true),
        };
    }

    static Decision OfNotification(Notification? notification, Dice dice) =>
        notification is null ? Notification.Write("n", dice.Text(), "o", dice.Of<NotificationKind>([.. Enum.GetValues<NotificationKind>()]), dice.Text(), $"+49{dice.Below(999_999)}000")
        : dice.Ends() ? notification.Sent()
        : notification.NotSent(dice.Text());
}
