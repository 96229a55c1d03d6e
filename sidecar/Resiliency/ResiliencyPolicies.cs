namespace MallBots.Sidecar.Resiliency;

/// <summary>All targets of all Resiliency documents (several add up, fact R2).</summary>
internal sealed class ResiliencyPolicies
{
    readonly Dictionary<string, ResiliencyPolicy> apps = new(StringComparer.Ordinal);
    readonly Dictionary<string, ResiliencyPolicy> inbound = new(StringComparer.Ordinal);
    readonly Dictionary<string, ResiliencyPolicy> outbound = new(StringComparer.Ordinal);

    /// <summary>For invocations of an app.</summary>
    public ResiliencyPolicy ForApp(string appId) => apps.GetValueOrDefault(appId, ResiliencyPolicy.None);

    /// <summary>For deliveries of a pub/sub component to the app.</summary>
    public ResiliencyPolicy ForComponentInbound(string component) => inbound.GetValueOrDefault(component, ResiliencyPolicy.None);

    /// <summary>For calls of the sidecar to a component.</summary>
    public ResiliencyPolicy ForComponentOutbound(string component) => outbound.GetValueOrDefault(component, ResiliencyPolicy.None);

    /// <summary>Adds the target of an app.</summary>
    public void AddApp(string appId, ResiliencyPolicy policy) => apps[appId] = policy;

    /// <summary>Adds the inbound side of a component.</summary>
    public void AddComponentInbound(string component, ResiliencyPolicy policy) => inbound[component] = policy;

    /// <summary>Adds the outbound side of a component.</summary>
    public void AddComponentOutbound(string component, ResiliencyPolicy policy) => outbound[component] = policy;
}
