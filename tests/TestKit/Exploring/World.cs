using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.TestKit.Exploring;

/// <summary>A process that takes part in an exploration.</summary>
/// <param name="Name">Its name, without dots.</param>
/// <param name="Program">
/// What it does, in code that is built anew in each call; the result says what came of it. It may go on in the background after that. Everything must stay on
/// the caller's synchronization context, and depend on nothing but the answers of its world.
/// </param>
public sealed record ExploredProcess(string Name, Func<World, Task<string>> Program);

/// <summary>All that a process in an exploration has to do with: every call waits until the explorer answers it.</summary>
public sealed class World
{
    internal World(IStateStore store, IBroker broker, TimeProvider time) => (Store, Broker, Time) = (store, broker, time);

    /// <summary>The state store.</summary>
    public IStateStore Store { get; }

    /// <summary>Always the same moment.</summary>
    public TimeProvider Time { get; }

    internal IBroker Broker { get; }
}
