using MallBots.ServiceKit.Domain;

namespace MallBots.Payments.Domain;

/// <summary>What this service refuses.</summary>
public static class PaymentRefusals
{
    /// <summary>There is no such payment.</summary>
    public static readonly RefusalKind Unknown = new("payment-unknown", 404, "There is no such payment");

    /// <summary>There is no such invoice.</summary>
    public static readonly RefusalKind InvoiceUnknown = new("invoice-unknown", 404, "There is no such invoice") { RetryAfter = 1 };

    /// <summary>The provider refused to hold or to take the amount.</summary>
    public static readonly RefusalKind Declined = new("payment-declined", 409, "The payment was declined");

    /// <summary>The payment is bound to an order.</summary>
    public static readonly RefusalKind AlreadyUsed = new("payment-already-used", 409, "The payment is bound to an order");

    /// <summary>A call to the provider is under way that contradicts this one.</summary>
    public static readonly RefusalKind Busy = new("payment-busy", 409, "A call to the provider is under way");

    /// <summary>The payment is another customer's. Between services only.</summary>
    public static readonly RefusalKind OfAnotherCustomer = new("payment-of-another-customer", 409, "The payment is another customer's");

    /// <summary>Less is held than the order costs. Between services only.</summary>
    public static readonly RefusalKind AmountTooLow = new("payment-amount-too-low", 409, "The payment does not cover the order");

    /// <summary>The hold was given back. Between services only.</summary>
    public static readonly RefusalKind Released = new("payment-released", 409, "The hold was given back");

    /// <summary>The invoice was given up.</summary>
    public static readonly RefusalKind InvoiceCanceled = new("invoice-canceled", 409, "The invoice was given up");

    /// <summary>The invoice is paid, so nothing about it changes any more.</summary>
    public static readonly RefusalKind InvoicePaid = new("invoice-paid", 409, "The invoice is paid");

    /// <summary>More than is held.</summary>
    public static readonly RefusalKind InvoiceAboveAuthorization = new("invoice-above-authorization", 409, "More than was authorised");

    /// <summary>The payment is not bound to the order. Inside only.</summary>
    public static readonly RefusalKind NotOfThisOrder = new("payment-not-of-this-order", 409, "The payment is not bound to this order");

    /// <summary>The refusal of an invoice that there is not.</summary>
    public static Refusal NoInvoice(string invoiceId) => InvoiceUnknown.Because($"There is no invoice with the id {invoiceId}, or not yet.");
}
