using MallBots.Sidecar.Components;
using MallBots.Sidecar.Resiliency;

namespace MallBots.Sidecar.Hosting;

/// <summary>What the parts of the sidecar share.</summary>
/// <param name="Options">The options it was started with.</param>
/// <param name="Components">All components of the resources folders.</param>
/// <param name="Resiliency">All resiliency targets.</param>
/// <param name="Configuration">What the Configuration document says.</param>
/// <param name="Apps">The apps of this process by app id.</param>
/// <param name="Loggers">Where parts log.</param>
/// <param name="Clock">The time, and every timer.</param>
internal sealed record SidecarContext(
    SidecarOptions Options,
    IReadOnlyList<Component> Components,
    ResiliencyPolicies Resiliency,
    SidecarConfiguration Configuration,
    IReadOnlyDictionary<string, AppSidecar> Apps,
    ILoggerFactory Loggers,
    TimeProvider Clock)
{
    /// <summary>Switches for tests; all off.</summary>
    public Traps Traps { get; } = new();
}
