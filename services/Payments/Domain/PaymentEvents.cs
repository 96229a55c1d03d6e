using MallBots.ServiceKit.Domain;

namespace MallBots.Payments.Domain;

/// <summary>A payment was asked for; the provider is to hold the amount.</summary>
public sealed record PaymentRequested(string PaymentId, string CustomerId, decimal Amount, ProviderCall Call) : DomainEvent;

/// <summary>The provider holds the amount.</summary>
[Published("payment-authorized")]
public sealed record PaymentAuthorized : DomainEvent;

/// <summary>The provider refused to hold the amount.</summary>
[Published("payment-declined")]
public sealed record PaymentDeclined : DomainEvent;

/// <summary>The payment is bound to an order.</summary>
[Published("payment-confirmed")]
public sealed record PaymentConfirmed(string OrderId) : DomainEvent;

/// <summary>The hold is to be given back: nothing can take it any more.</summary>
public sealed record VoidAnnounced(ProviderCall Call) : DomainEvent;

/// <summary>The hold was given back.</summary>
[Published("payment-released")]
public sealed record PaymentReleased : DomainEvent;

/// <summary>The order is ready and has an invoice.</summary>
[Published("invoice-created")]
public sealed record InvoiceCreated(string InvoiceId, decimal Amount) : DomainEvent;

/// <summary>Staff corrected the invoice.</summary>
[Published("invoice-adjusted")]
public sealed record InvoiceAdjusted(decimal Amount) : DomainEvent;

/// <summary>The invoice was given up.</summary>
[Published("invoice-canceled")]
public sealed record InvoiceCanceled : DomainEvent;

/// <summary>The invoice's amount is to be taken.</summary>
public sealed record CaptureAnnounced(ProviderCall Call) : DomainEvent;

/// <summary>The provider refused to take the amount; the invoice is pending again.</summary>
public sealed record CaptureDeclined : DomainEvent;

/// <summary>The amount was taken, and the rest of the hold given back.</summary>
[Published("payment-captured")]
public sealed record PaymentCaptured(decimal Amount) : DomainEvent;

/// <summary>The invoice is paid.</summary>
[Published("invoice-paid")]
public sealed record InvoicePaid(decimal Amount) : DomainEvent;
