namespace MallBots.Contracts;

/// <summary>What a payment can be.</summary>
public enum PaymentStatus
{
    /// <summary>The provider has not answered yet.</summary>
    Authorizing,

    /// <summary>The amount is held.</summary>
    Authorized,

    /// <summary>The provider refused to hold it.</summary>
    Declined,

    /// <summary>Bound to an order.</summary>
    Confirmed,

    /// <summary>The invoice's amount was taken.</summary>
    Captured,

    /// <summary>The hold was given back.</summary>
    Released,
}

/// <summary>What an invoice can be.</summary>
public enum InvoiceStatus
{
    /// <summary>To be paid.</summary>
    Pending,

    /// <summary>A capture is under way.</summary>
    Paying,

    /// <summary>Paid.</summary>
    Paid,

    /// <summary>Given up; the hold was given back.</summary>
    Canceled,
}

/// <summary>A payment with its invoice.</summary>
/// <param name="PaymentId">Its id.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Amount">The amount held.</param>
/// <param name="Currency">The mall's currency.</param>
/// <param name="Status">What it is now.</param>
/// <param name="OrderId">The order it is bound to.</param>
/// <param name="CapturedAmount">What was taken.</param>
/// <param name="ReleasedAt">When the hold was given back, in UTC.</param>
/// <param name="Invoice">The invoice of the order, once that is ready.</param>
public sealed record PaymentResource(
    string PaymentId, string CustomerId, decimal Amount, string Currency, PaymentStatus Status, string? OrderId = null,
    decimal? CapturedAmount = null, DateTimeOffset? ReleasedAt = null, InvoiceResource? Invoice = null);

/// <summary>An invoice.</summary>
/// <param name="InvoiceId">Its id, that of the order.</param>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Who pays.</param>
/// <param name="PaymentId">The payment it is taken from.</param>
/// <param name="Amount">What is to be paid.</param>
/// <param name="Currency">The mall's currency.</param>
/// <param name="Status">What it is now.</param>
public sealed record InvoiceResource(
    string InvoiceId, string OrderId, string CustomerId, string PaymentId, decimal Amount, string Currency, InvoiceStatus Status);

/// <summary>What the provider's ledger has for a payment: an item of <c>GET /internal/provider-ledger?ids=</c>.</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="Authorized">All that was ever held.</param>
/// <param name="Captured">All that was ever taken.</param>
/// <param name="Held">What is held now.</param>
public sealed record LedgerAccount(string PaymentId, decimal Authorized, decimal Captured, decimal Held);

/// <summary>Binds a payment to an order (specification 3, payments, for the refusals).</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Who orders; must be the payment's customer.</param>
/// <param name="Amount">What the payment must cover.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record ConfirmPayment(string PaymentId, string OrderId, string CustomerId, decimal Amount, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Payments;

    /// <inheritdoc/>
    public static string Route => "confirm-payment";
}

/// <summary>Gives a payment's hold back and never lets this order take it later (specification 3, payments).</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Who ordered.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record ReleasePayment(string PaymentId, string OrderId, string CustomerId, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Payments;

    /// <inheritdoc/>
    public static string Route => "release-payment";
}
