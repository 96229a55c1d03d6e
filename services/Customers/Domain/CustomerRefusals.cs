using MallBots.ServiceKit.Domain;

namespace MallBots.Customers.Domain;

/// <summary>What this service refuses.</summary>
public static class CustomerRefusals
{
    /// <summary>There is no such customer.</summary>
    public static readonly RefusalKind Unknown = new("customer-unknown", 404, "There is no such customer");

    /// <summary>The customer may not order.</summary>
    public static readonly RefusalKind Disabled = new("customer-disabled", 409, "The customer is disabled");
}
