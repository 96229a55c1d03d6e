using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Customers.Domain;

/// <summary>A customer. Specification 3, customers.</summary>
public sealed record Customer(string CustomerId, string Name, string SmsNumber, bool Enabled) : IAggregate<Customer>
{
    /// <inheritdoc/>
    public static Topic Topic => Topics.Customer;

    /// <summary>A new customer, enabled at first.</summary>
    public static Decision Register(string customerId, string name, string smsNumber) => new CustomerRegistered(customerId, name, smsNumber);

    /// <summary>Text messages go to another number from now on; the same one again changes nothing.</summary>
    public Decision ChangeSmsNumber(string smsNumber) => smsNumber == SmsNumber ? Decision.Nothing : new SmsNumberChanged(smsNumber);

    /// <summary>May the customer order? Saying the same again changes nothing.</summary>
    public Decision SetEnabled(bool enabled) => enabled == Enabled ? Decision.Nothing : enabled ? new CustomerEnabled() : new CustomerDisabled();

    /// <summary>May this customer order now? Changes nothing.</summary>
    public Decision Authorize() => Enabled ? Decision.Nothing : CustomerRefusals.Disabled.Because($"{Name} may not order.");

    /// <inheritdoc/>
    public static Customer Evolve(Customer? customer, Happened happened) => happened.Event switch
    {
        CustomerRegistered registered => new(registered.CustomerId, registered.Name, registered.SmsNumber, Enabled: true),
        SmsNumberChanged changed => customer! with { SmsNumber = changed.SmsNumber },
        CustomerEnabled => customer! with { Enabled = true },
        CustomerDisabled => customer! with { Enabled = false },
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a customer."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => new CustomerResource(CustomerId, Name, SmsNumber, Enabled);
}
