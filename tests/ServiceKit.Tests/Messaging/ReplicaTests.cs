using FsCheck.Xunit;
using MallBots.Contracts;
using MallBots.ServiceKit.Messaging;
using MallBots.TestKit;
using Xunit;

namespace MallBots.ServiceKit.Tests.Messaging;

/// <summary>Replicas under shuffle, duplication and loss (specification 2, replicas).</summary>
public sealed class ReplicaTests
{
    sealed record Copy(string Name);

    static readonly Topic Topic = new("stores", "product");

    [Property(MaxTest = 200)]
    public async Task Whatever_order_and_however_often_versions_come_the_highest_wins(byte[] arrivals)
    {
        if (arrivals.Length == 0) return;
        var replicas = new Replicas<Copy>(Topic, new MemoryStateStore(), (_, _) => throw new InvalidOperationException("The owner is not asked."));
        await Parallel.ForEachAsync(arrivals, async (version, cancel) =>
            await replicas.Move("p", new(version + 1, version == byte.MaxValue, new Copy($"v{version}")), cancel));
        var found = await replicas.Find("p", Freshness.Copy, CancellationToken.None);
        Assert.Equal(new Replica<Copy>(arrivals.Max() + 1, arrivals.Max() == byte.MaxValue, new Copy($"v{arrivals.Max()}")), found);
    }

    [Fact]
    public async Task The_owner_is_asked_on_a_miss_and_its_answer_is_kept()
    {
        var asked = 0;
        var replicas = new Replicas<Copy>(Topic, new MemoryStateStore(), (_, _) => Task.FromResult<Replica<Copy>?>(new(4, false, new Copy($"asked {++asked}"))));
        Assert.Equal("asked 1", (await replicas.Find("p", Freshness.Copy, CancellationToken.None))!.Value.Name);
        Assert.Equal("asked 1", (await replicas.Find("p", Freshness.Copy, CancellationToken.None))!.Value.Name);
        await replicas.Move("p", new(3, false, new Copy("late")), CancellationToken.None);
        Assert.Equal("asked 1", (await replicas.Find("p", Freshness.Copy, CancellationToken.None))!.Value.Name);
    }

    [Fact]
    public async Task The_owner_is_asked_before_a_refusal_and_what_it_does_not_know_is_not_kept()
    {
        var known = false;
        var replicas = new Replicas<Copy>(Topic, new MemoryStateStore(), (_, _) => Task.FromResult<Replica<Copy>?>(known ? new(1, false, new Copy("x")) : null));
        Assert.Null(await replicas.Find("p", Freshness.Copy, CancellationToken.None));
        known = true;
        Assert.NotNull(await replicas.Find("p", Freshness.Copy, CancellationToken.None));
        await replicas.Move("p", new(2, false, new Copy("y")), CancellationToken.None);
        Assert.Equal("x", (await replicas.Find("p", Freshness.Owner, CancellationToken.None))!.Value.Name);
        Assert.Equal("y", (await replicas.Find("p", Freshness.Copy, CancellationToken.None))!.Value.Name);
    }
}
