using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Notifications.Domain;

/// <summary>A notification was written; it is to be sent.</summary>
public sealed record NotificationWritten(string NotificationId, string CustomerId, string OrderId, NotificationKind Kind, string Text, string SmsNumber) : DomainEvent;

/// <summary>An attempt failed, not the last one.</summary>
public sealed record SendingFailed(string Reason) : DomainEvent;

/// <summary>The binding has taken it.</summary>
[Published("notification-sent")]
public sealed record NotificationSent : DomainEvent;

/// <summary>It was given up.</summary>
[Published("notification-failed")]
public sealed record NotificationFailed(string Reason) : DomainEvent;
