namespace MallBots.Contracts;

/// <summary>A customer.</summary>
/// <param name="CustomerId">The id.</param>
/// <param name="Name">The name, 1 to 200 characters.</param>
/// <param name="SmsNumber">Where text messages go, in E.164 form.</param>
/// <param name="Enabled">False when the customer may not order.</param>
public sealed record CustomerResource(string CustomerId, string Name, string SmsNumber, bool Enabled);

/// <summary>May this customer order? Refused <c>customer-unknown</c> or <c>customer-disabled</c> (specification 3, customers).</summary>
/// <param name="CustomerId">Who orders.</param>
/// <param name="OrderId">What for.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record AuthorizeCustomer(string CustomerId, string OrderId, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Customers;

    /// <inheritdoc/>
    public static string Route => "authorize-customer";
}
