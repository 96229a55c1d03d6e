using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Journal;

namespace MallBots.CrashHost;

/// <summary>Knows which document a call to the outside is being made for, so that the store sees when the call comes back to it.</summary>
static class Carrying
{
    static readonly AsyncLocal<string?> Now = new();

    /// <summary>Key of the document; null while no call is made.</summary>
    public static string? Current => Now.Value;

    /// <summary>Stands before a carrier, whatever its aggregate.</summary>
    public sealed class Carrier<T>(ICarrier<T> inner) : ICarrier<T> where T : class, IAggregate<T>
    {
        public bool HasWork(T state) => inner.HasWork(state);

        public async Task CarryOut(string id, T state, CancellationToken cancel)
        {
            Now.Value = $"{T.Topic.Resource}.{id}";
            await inner.CarryOut(id, state, cancel);
        }
    }
}
