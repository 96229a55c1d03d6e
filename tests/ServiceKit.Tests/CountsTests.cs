using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Xunit;

namespace MallBots.ServiceKit.Tests;

/// <summary>Counts of calls that docs/scaling.md gives.</summary>
public sealed class CountsTests
{
    readonly CountingStore store = new();

    [Fact]
    public async Task A_look_at_all_logs_is_two_bulk_reads_of_sixteen_keys()
    {
        var journal = new JournalWriter(store, Options(), TimeProvider.System);
        await journal.Look(new long[JournalWriter.Logs], certain: false, TestContext.Current.CancellationToken);
        Assert.Equal([16, 16], store.BulkReads);
        Assert.Empty(store.Reads);
    }

    [Fact]
    public async Task Ids_that_wait_at_the_same_time_share_the_saves_of_their_lists_tail()
    {
        var catalogue = new Catalogue(store, "order");
        await Task.WhenAll(Enumerable.Range(0, 400).Select(id => catalogue.Add("all", $"o{id}", from: 0)));
        Assert.InRange(store.Saves, 1, 40); // Most likely two: the first id alone, and all others.
    }

    [Fact]
    public async Task A_process_that_does_not_know_a_lists_tail_reads_one_chunk_for_each_500_ids()
    {
        var writer = new Catalogue(store, "order");
        await Task.WhenAll(Enumerable.Range(0, 2_501).Select(id => writer.Add("all", $"o{id}", from: 0)));
        store.Reads.Clear();
        var tail = await new Catalogue(store, "order").Tail("all", TestContext.Current.CancellationToken);
        Assert.Equal(5, tail);
        Assert.Equal(["list-order.all.1", "list-order.all.2", "list-order.all.3", "list-order.all.4", "list-order.all.5", "list-order.all.6"], store.Reads);
    }

    static KitOptions Options() => new()
    {
        AppId = "baskets",
        DaprHttpEndpoint = "",
        DaprGrpcEndpoint = "",
        AppApiToken = "token",
    };

    sealed class CountingStore : MemoryStateStore
    {
        bool bulk;

        public List<string> Reads { get; } = [];

        public List<int> BulkReads { get; } = [];

        public int Saves { get; private set; }

        public override Task<StoredValue?> Get(string key, CancellationToken cancel)
        {
            if (!bulk) lock (Reads) Reads.Add(key);
            return base.Get(key, cancel);
        }

        public override async Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel)
        {
            BulkReads.Add(keys.Count);
            bulk = true;
            try
            {
                return await base.GetMany(keys, cancel);
            }
            finally
            {
                bulk = false;
            }
        }

        public override Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel)
        {
            Saves++;
            return base.Save(key, value, etag, cancel);
        }
    }
}
