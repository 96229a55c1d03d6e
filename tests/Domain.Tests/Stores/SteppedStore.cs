using System.Text.Json;
using System.Threading.Channels;
using MallBots.ServiceKit.State;
using MallBots.TestKit;

namespace MallBots.Domain.Tests.Stores;

/// <summary>
/// A state store whose users take turns: each read and write of a reservation or a product by an actor waits until a schedule lets it go on. So a test
/// can run every interleaving, end an actor anywhere, and have a save that is carried out answered with false (fact S11).
/// </summary>
sealed class SteppedStore : MemoryStateStore
{
    static readonly AsyncLocal<Actor?> Current = new();
    readonly Dictionary<(string StoreId, string Sku), HashSet<string>> present = [];

    /// <summary>Somebody who uses the store on the schedule.</summary>
    public sealed class Actor(string name)
    {
        readonly Channel<Turn> turns = Channel.CreateUnbounded<Turn>();
        TaskCompletionSource atGate = New();

        public string Name { get; } = name;

        public Task Done { get; private set; } = Task.CompletedTask;

        public bool Crashed { get; private set; }

        /// <summary>Begins; returns when it waits for its first turn, or is done.</summary>
        public Task Begin(Func<Task> work)
        {
            Done = Task.Run(async () =>
            {
                Current.Value = this;
                try
                {
                    await work();
                }
                catch (UnavailableException) when (Crashed)
                {
                }
            });
            return Settled();
        }

        /// <summary>Gives it a turn; returns when it waits for the next, or is done.</summary>
        public async Task Go(Turn turn)
        {
            Crashed |= turn == Turn.Crash;
            atGate = New();
            turns.Writer.TryWrite(turn);
            await Settled();
        }

        public async Task<Turn> Wait()
        {
            atGate.TrySetResult();
            return await turns.Reader.ReadAsync();
        }

        async Task Settled()
        {
            if (await Task.WhenAny(atGate.Task, Done) == Done) await Done;
        }

        static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>How an actor goes on.</summary>
    public enum Turn
    {
        /// <summary>Its call is carried out and answered.</summary>
        Go,

        /// <summary>Its process ends before the call.</summary>
        Crash,

        /// <summary>Its save is carried out, but answered with false.</summary>
        Lie,
    }

    public override async Task<StoredValue?> Get(string key, CancellationToken cancel)
    {
        await Enter(key);
        return await base.Get(key, cancel);
    }

    public override async Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel)
    {
        var turn = await Enter(key);
        if (!await base.Save(key, value, etag, cancel)) return false;
        if (key.StartsWith("product.", StringComparison.Ordinal)) Index(value);
        return turn != Turn.Lie;
    }

    /// <summary>The present products of a store with this SKU, whatever reservations say.</summary>
    public IReadOnlyCollection<string> Present(string storeId, string sku)
    {
        lock (present) return present.TryGetValue((storeId, sku), out var products) ? [.. products] : [];
    }

    void Index(ReadOnlyMemory<byte> document)
    {
        var product = JsonSerializer.Deserialize<JsonElement>(document.Span).GetProperty("state");
        var (place, id) = ((product.GetProperty("storeId").GetString()!, product.GetProperty("sku").GetString()!), product.GetProperty("productId").GetString()!);
        lock (present)
        {
            if (!present.TryGetValue(place, out var products)) present[place] = products = [];
            if (product.GetProperty("removed").GetBoolean()) products.Remove(id);
            else products.Add(id);
        }
    }

    static async Task<Turn> Enter(string key)
    {
        if (Current.Value is not { } actor || !(key.StartsWith("sku.", StringComparison.Ordinal) || key.StartsWith("product.", StringComparison.Ordinal))) return Turn.Go;
        // A process that has ended does nothing any more.
        if (actor.Crashed || await actor.Wait() is var turn && turn == Turn.Crash) throw new UnavailableException("The process ended.");
        return turn;
    }
}
