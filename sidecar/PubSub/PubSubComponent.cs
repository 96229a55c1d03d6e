using MallBots.Sidecar.Components;
using MallBots.Sidecar.PubSub.Brokers;

namespace MallBots.Sidecar.PubSub;

/// <summary>A pub/sub component at work.</summary>
/// <param name="Component">What its document says.</param>
/// <param name="Broker">The engine.</param>
/// <param name="Rights">Who may use which topics.</param>
internal sealed record PubSubComponent(Component Component, IBroker Broker, TopicRights Rights)
{
    /// <summary>The name that callers use.</summary>
    public string Name => Component.Name;
}
