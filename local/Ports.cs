using MallBots.Contracts;

namespace MallBots.Local;

/// <summary>Which port each service listens on.</summary>
public abstract record Ports
{
    /// <summary>The ports of the specification (5100 to 5109), all moved by an offset.</summary>
    public static Ports Fixed(int offset = 0) => new FixedPorts(offset);

    /// <summary>Whatever is free: for tests and demos that must not meet a mall that is running.</summary>
    public static Ports Free { get; } = new FreePorts();

    /// <summary>The service's port; 0 lets the system choose.</summary>
    public abstract int Of(string appId);

    sealed record FixedPorts(int Offset) : Ports
    {
        public override int Of(string appId) => Apps.Ports[appId] + Offset;
    }

    sealed record FreePorts : Ports
    {
        public override int Of(string appId) => 0;
    }
}
