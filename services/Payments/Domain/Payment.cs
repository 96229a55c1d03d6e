using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Payments.Domain;

/// <summary>
/// A payment with its invoice. Specification 3, payments.
/// Every call to the provider is announced in the state first and settled after it; while one is announced, no other can be. A hold that is being given
/// back never comes back, so that alone keeps an order from taking it later.
/// </summary>
public sealed record Payment(string PaymentId, string CustomerId, decimal Amount, PaymentStatus Status) : IAggregate<Payment>
{
    /// <summary>The set of holds that no order has.</summary>
    public const string Held = "held";

    /// <inheritdoc/>
    public static Topic Topic => Topics.Payment;

    /// <summary>The order that it is bound to.</summary>
    public string? OrderId { get; init; }

    /// <summary>What was taken.</summary>
    public decimal? CapturedAmount { get; init; }

    /// <summary>Since when the amount is held, in UTC.</summary>
    public DateTimeOffset? AuthorizedAt { get; init; }

    /// <summary>When the hold was given back, in UTC.</summary>
    public DateTimeOffset? ReleasedAt { get; init; }

    /// <summary>The invoice of the order, once that is ready.</summary>
    public Invoice? Invoice { get; init; }

    /// <summary>The call to the provider that is under way, or has to be made again after a crash.</summary>
    public ProviderCall? Announced { get; init; }

    /// <summary>How often a capture was tried: each one that was declined is followed by one with a key of its own.</summary>
    public int Captures { get; init; }

    /// <summary>The list of a customer's payments.</summary>
    public static string OfCustomer(string customerId) => $"customer-{customerId}";

    /// <inheritdoc/>
    public IEnumerable<string> Lists => [OfCustomer(CustomerId)];

    /// <inheritdoc/>
    public IEnumerable<string> Sets => Status == PaymentStatus.Authorized && Announced is null ? [Held] : [];

    bool IsBeingGivenBack => Announced is { Action: ProviderAction.Void };

    /// <summary>A new payment: the amount is to be held.</summary>
    public static Decision Request(string paymentId, string customerId, decimal amount) =>
        new PaymentRequested(paymentId, customerId, amount, new ProviderCall(ProviderAction.Authorize, amount, $"{paymentId}-authorize"));

    /// <summary>Binds the payment to an order. The same order again changes nothing.</summary>
    public Decision Confirm(string orderId, string customerId, decimal amount)
    {
        if (customerId != CustomerId) return PaymentRefusals.OfAnotherCustomer.Because($"The payment {PaymentId} is another customer's.");
        if (Status == PaymentStatus.Declined) return PaymentRefusals.Declined.Because($"The provider refused to hold {Amount:0.00}.");
        if (Status == PaymentStatus.Authorizing) return Busy();
        if (Status == PaymentStatus.Released || IsBeingGivenBack) return PaymentRefusals.Released.Because($"The hold of the payment {PaymentId} was given back.");
        if (OrderId is not null) return OrderId == orderId ? Decision.Nothing : AlreadyUsed();
        if (amount > Amount) return PaymentRefusals.AmountTooLow.Because($"{Amount:0.00} is held, {amount:0.00} is needed.");
        return new PaymentConfirmed(orderId);
    }

    /// <summary>Gives the hold back for an order that is not to have it: if it is this customer's and bound to this order or to none. Any other is left alone.</summary>
    public Decision ReleaseFor(string orderId, string customerId) =>
        customerId != CustomerId || OrderId is not null && OrderId != orderId ? Decision.Nothing : GiveBack();

    /// <summary>Gives back a hold that no order has.</summary>
    public Decision Withdraw() =>
        OrderId is not null && Status is PaymentStatus.Confirmed or PaymentStatus.Captured && !IsBeingGivenBack ? AlreadyUsed() : GiveBack();

    /// <summary>Gives back a hold that no order took in time.</summary>
    /// <param name="heldBefore">Holds that are older have had their time.</param>
    public Decision Expire(DateTimeOffset heldBefore) => Status == PaymentStatus.Authorized && AuthorizedAt <= heldBefore ? GiveBack() : Decision.Nothing;

    /// <summary>Sees to it that the order has its invoice; one that there is already stays as it is.</summary>
    public Decision BillOrder(string orderId, decimal amount)
    {
        if (OrderId != orderId || Status is not (PaymentStatus.Confirmed or PaymentStatus.Captured) || IsBeingGivenBack)
            return PaymentRefusals.NotOfThisOrder.Because($"The payment {PaymentId} is not bound to the order {orderId}.");
        if (Invoice is not null) return Decision.Nothing;
        return amount > Amount ? AboveAuthorization(amount) : new InvoiceCreated(orderId, amount);
    }

    /// <summary>Takes the invoice's amount. Paid or being paid already: nothing more to do.</summary>
    public Decision PayInvoice(string invoiceId) => Invoice switch
    {
        null => PaymentRefusals.NoInvoice(invoiceId),
        { Status: InvoiceStatus.Canceled } => InvoiceCanceledBefore(),
        { Status: InvoiceStatus.Pending } when Announced is not null => Busy(),
        { Status: InvoiceStatus.Pending } => new CaptureAnnounced(new ProviderCall(ProviderAction.Capture, Invoice.Amount, $"{PaymentId}-capture-{Captures + 1}")),
        _ => Decision.Nothing,
    };

    /// <summary>Corrects a pending invoice; the same amount again changes nothing.</summary>
    public Decision AdjustInvoice(string invoiceId, decimal amount) => Invoice switch
    {
        null => PaymentRefusals.NoInvoice(invoiceId),
        { Status: InvoiceStatus.Canceled } => InvoiceCanceledBefore(),
        { Status: InvoiceStatus.Paid } => PaidBefore(),
        { Status: InvoiceStatus.Paying } => Busy(),
        _ when amount > Amount => AboveAuthorization(amount),
        _ => amount == Invoice.Amount ? Decision.Nothing : new InvoiceAdjusted(amount),
    };

    /// <summary>Gives a pending invoice up, and the hold with it; again changes nothing.</summary>
    public Decision CancelInvoice(string invoiceId) => Invoice switch
    {
        null => PaymentRefusals.NoInvoice(invoiceId),
        { Status: InvoiceStatus.Canceled } => Decision.Nothing,
        { Status: InvoiceStatus.Paid } => PaidBefore(),
        _ => GiveBack(),
    };

    /// <summary>Settles a call that the provider has answered; one that was settled before changes nothing.</summary>
    /// <param name="key">The call's key.</param>
    /// <param name="accepted">False when the provider declined.</param>
    public Decision Settle(string key, bool accepted) => Announced is not { } call || call.Key != key ? Decision.Nothing : (call.Action, accepted) switch
    {
        (ProviderAction.Authorize, true) => new PaymentAuthorized(),
        (ProviderAction.Authorize, false) => new PaymentDeclined(),
        (ProviderAction.Capture, true) => Decision.Of(new PaymentCaptured(call.Amount), new InvoicePaid(call.Amount)),
        (ProviderAction.Capture, false) => new CaptureDeclined(),
        (ProviderAction.Void, true) => new PaymentReleased(),
        _ => throw new InvalidOperationException($"A void can't be declined: the hold of the payment {PaymentId} is as it was."),
    };

    /// <summary>A pending invoice can't be paid without the hold, so it goes with it.</summary>
    Decision GiveBack() => Status switch
    {
        PaymentStatus.Authorizing => Busy(),
        PaymentStatus.Authorized or PaymentStatus.Confirmed => Announced?.Action switch
        {
            null when Invoice is { Status: InvoiceStatus.Pending } => Decision.Of(new InvoiceCanceled(), AnnounceVoid()),
            null => AnnounceVoid(),
            ProviderAction.Void => Decision.Nothing,
            _ => Busy(),
        },
        _ => Decision.Nothing,
    };

    VoidAnnounced AnnounceVoid() => new(new ProviderCall(ProviderAction.Void, Amount, $"{PaymentId}-void"));

    Refusal Busy() => PaymentRefusals.Busy.Because($"The provider has not answered to {Announced!.Action} yet.");

    Refusal AlreadyUsed() => PaymentRefusals.AlreadyUsed.Because($"The payment {PaymentId} is bound to the order {OrderId}.");

    Refusal AboveAuthorization(decimal amount) => PaymentRefusals.InvoiceAboveAuthorization.Because($"{Amount:0.00} is held; {amount:0.00} is more.");

    Refusal InvoiceCanceledBefore() => PaymentRefusals.InvoiceCanceled.Because($"The invoice {Invoice!.InvoiceId} was given up.");

    Refusal PaidBefore() => PaymentRefusals.InvoicePaid.Because($"The invoice {Invoice!.InvoiceId} is paid.");

    /// <inheritdoc/>
    public static Payment Evolve(Payment? payment, Happened happened) => happened.Event switch
    {
        PaymentRequested requested => new(requested.PaymentId, requested.CustomerId, requested.Amount, PaymentStatus.Authorizing) { Announced = requested.Call },
        PaymentAuthorized => payment! with { Status = PaymentStatus.Authorized, AuthorizedAt = happened.At, Announced = null },
        PaymentDeclined => payment! with { Status = PaymentStatus.Declined, Announced = null },
        PaymentConfirmed confirmed => payment! with { Status = PaymentStatus.Confirmed, OrderId = confirmed.OrderId },
        VoidAnnounced announced => payment! with { Announced = announced.Call },
        PaymentReleased => payment! with { Status = PaymentStatus.Released, ReleasedAt = happened.At, Announced = null },
        InvoiceCreated created => payment! with { Invoice = new(created.InvoiceId, created.Amount, InvoiceStatus.Pending) },
        InvoiceAdjusted adjusted => payment!.WithInvoice(invoice => invoice with { Amount = adjusted.Amount }),
        InvoiceCanceled => payment!.WithInvoice(invoice => invoice with { Status = InvoiceStatus.Canceled }),
        CaptureAnnounced announced => payment!.WithInvoice(invoice => invoice with { Status = InvoiceStatus.Paying }) with
        {
            Announced = announced.Call,
            Captures = payment.Captures + 1,
        },
        CaptureDeclined => payment!.WithInvoice(invoice => invoice with { Status = InvoiceStatus.Pending }) with { Announced = null },
        PaymentCaptured captured => payment! with { Status = PaymentStatus.Captured, CapturedAmount = captured.Amount, Announced = null },
        InvoicePaid => payment!.WithInvoice(invoice => invoice with { Status = InvoiceStatus.Paid }),
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a payment."),
    };

    Payment WithInvoice(Func<Invoice, Invoice> change) => this with { Invoice = change(Invoice!) };

    /// <inheritdoc/>
    public object ToPublic(string currency) =>
        new PaymentResource(PaymentId, CustomerId, Amount, currency, Status, OrderId, CapturedAmount, ReleasedAt, Invoice is null ? null : ToInvoice(currency));

    /// <summary>The public values of the invoice.</summary>
    public InvoiceResource ToInvoice(string currency) =>
        new(Invoice!.InvoiceId, Invoice.InvoiceId, CustomerId, PaymentId, Invoice.Amount, currency, Invoice.Status);
}

/// <summary>What an order costs in the end. Its id is that of the order.</summary>
public sealed record Invoice(string InvoiceId, decimal Amount, InvoiceStatus Status);

/// <summary>What the provider can be asked to do.</summary>
public enum ProviderAction
{
    /// <summary>Hold an amount.</summary>
    Authorize,

    /// <summary>Take an amount of what is held, and give back the rest.</summary>
    Capture,

    /// <summary>Give back what is held.</summary>
    Void,
}

/// <summary>A call to the provider.</summary>
/// <param name="Action">What it is to do.</param>
/// <param name="Amount">How much.</param>
/// <param name="Key">Makes a repetition harmless: the provider does the same thing once for each key.</param>
public sealed record ProviderCall(ProviderAction Action, decimal Amount, string Key);
