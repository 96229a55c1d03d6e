using MallBots.ServiceKit.Domain;

namespace MallBots.Customers.Domain;

/// <summary>A customer was registered.</summary>
[Published("customer-registered")]
public sealed record CustomerRegistered(string CustomerId, string Name, string SmsNumber) : DomainEvent;

/// <summary>Text messages go to another number.</summary>
[Published("customer-sms-changed")]
public sealed record SmsNumberChanged(string SmsNumber) : DomainEvent;

/// <summary>The customer may order again.</summary>
[Published("customer-enabled")]
public sealed record CustomerEnabled : DomainEvent;

/// <summary>The customer may not order any more.</summary>
[Published("customer-disabled")]
public sealed record CustomerDisabled : DomainEvent;
