using System.Collections.Immutable;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.OrderWorkflow.Domain;

// None of them is published: the order tells what becomes of it.

/// <summary>An instance is to be scheduled.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="InstanceId">The instance.</param>
/// <param name="Name">Which workflow.</param>
/// <param name="Request">The customer's request to cancel that it works on; null for the workflow that creates the order.</param>
public sealed record RunPlanned(string OrderId, string InstanceId, string Name, long? Request) : DomainEvent;

/// <summary>The runtime has the instance.</summary>
public sealed record RunScheduled(string InstanceId) : DomainEvent;

/// <summary>The instance fails for too long and calls for an operator, while it goes on.</summary>
public sealed record AttentionCalled(string InstanceId, string Step, int Number, bool Undoing, string Reason) : DomainEvent;

/// <summary>The instance needs no operator any more.</summary>
public sealed record AttentionOver(string InstanceId) : DomainEvent;

/// <summary>The instance stands still, or is gone: the runtime is to forget it, then it is to be scheduled again.</summary>
public sealed record RunRestarting(string InstanceId, string Reason) : DomainEvent;

/// <summary>The runtime has forgotten an instance that is to be scheduled again.</summary>
public sealed record RunLetGo(string InstanceId) : DomainEvent;

/// <summary>The instance failed by a defect, is gone, or stood still too often.</summary>
public sealed record RunFailed(string InstanceId, string Reason) : DomainEvent;

/// <summary>An operator decided.</summary>
public sealed record OperatorDecided(string InstanceId, bool GiveUp, string Text) : DomainEvent;

/// <summary>A failed instance is to be scheduled again.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="LetGo">The runtime is to forget it first, for it may still be there. False in events of earlier versions, which scheduled it at once.</param>
public sealed record RunRetried(string InstanceId, bool LetGo = false) : DomainEvent;

/// <summary>The instance came to its end.</summary>
public sealed record RunEnded(string InstanceId, string Outcome, string? Reason, ImmutableList<OrderWorkflowStep> Steps) : DomainEvent;
