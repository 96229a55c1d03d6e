using MallBots.Sidecar.PubSub;
using MallBots.Sidecar.Workflows;

namespace MallBots.Sidecar.Hosting;

/// <summary>The parts that every sidecar process has.</summary>
internal static class SidecarParts
{
    /// <summary>Makes the parts, in the order in which they start.</summary>
    public static IReadOnlyList<ISidecarPart> Create(SidecarContext context) =>
    [
        new PubSubPart(context),
        new WorkflowPart(context),
    ];
}
