using FsCheck.Xunit;
using MallBots.ServiceKit.Lists;
using MallBots.TestKit;
using Xunit;

namespace MallBots.ServiceKit.Tests.Lists;

/// <summary>Small sets of ids that several processes keep: whoever comes late takes out nobody who came back (architecture 2, lists).</summary>
public sealed class IdSetsTests
{
    [Property(MaxTest = 300)]
    public async Task A_member_is_found_whatever_order_and_however_often_the_changes_of_its_document_come(bool[] belongs, int seed)
    {
        if (belongs.Length == 0) return;
        var store = new MemoryStateStore();
        IdSets[] processes = [new(store), new(store)];
        var changes = belongs.Select((present, index) => (Present: present, Version: index + 1)).ToList();
        var random = new Random(seed);
        var arrivals = changes.Concat(changes.Where(_ => random.Next(2) == 0)).ToArray();
        random.Shuffle(arrivals);
        await Task.WhenAll(arrivals.Select(change =>
        {
            var process = processes[random.Next(2)];
            return change.Present ? process.Add("available", "list", change.Version) : process.Remove("available", "list", change.Version);
        }));
        if (belongs[^1]) Assert.Equal(["list"], await processes[0].Members("available", CancellationToken.None));
    }

    [Fact]
    public async Task Who_leaves_is_taken_out_and_the_others_stay()
    {
        var sets = new IdSets(new MemoryStateStore());
        await Task.WhenAll(Enumerable.Range(0, 20).Select(id => sets.Add("available", $"list-{id}", 1)));
        await Task.WhenAll(Enumerable.Range(0, 20).Where(id => id % 3 == 0).Select(id => sets.Remove("available", $"list-{id}", 2)));
        Assert.Equal(
            Enumerable.Range(0, 20).Where(id => id % 3 != 0).Select(id => $"list-{id}").Order(), (await sets.Members("available", CancellationToken.None)).Order());
    }
}
