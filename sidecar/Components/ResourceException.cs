namespace MallBots.Sidecar.Components;

/// <summary>A mistake in the resources folders; its message is the one line to show: where, what, and what is known instead.</summary>
public sealed class ResourceException : Exception
{
    internal ResourceException(SourceLine source, string problem, Exception? cause = null)
        : base($"{source}: {problem}", cause)
    {
    }

    internal ResourceException(string problem)
        : base(problem)
    {
    }
}
