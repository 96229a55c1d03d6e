using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Half a transaction (fact S1) can harm nobody: none is ever issued, since the unit of atomicity is a single key (architecture 2).</summary>
public sealed class NoTransactionsTests
{
    [Fact]
    public void No_service_calls_the_transaction_API_of_the_state_store()
    {
        var assemblies = Directory.GetFiles(AppContext.BaseDirectory, "MallBots.*.dll")
            .Where(file => Path.GetFileNameWithoutExtension(file) is var name && !name.EndsWith("Tests", StringComparison.Ordinal) && name != "MallBots.Sidecar").ToList();
        var called = assemblies.ToDictionary(file => Path.GetFileNameWithoutExtension(file), CalledMembers);
        Assert.Contains("TrySaveByteStateAsync", called["MallBots.ServiceKit"]); // What the kit does call is seen.
        Assert.InRange(called.Count, 12, int.MaxValue);
        Assert.All(called, assembly => Assert.DoesNotContain(assembly.Value, member => member.Contains("StateTransaction", StringComparison.Ordinal)));
    }

    static HashSet<string> CalledMembers(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        return [.. metadata.MemberReferences.Select(reference => metadata.GetString(metadata.GetMemberReference(reference).Name))];
    }
}
