using MallBots.Sidecar.Invocation;
using Xunit;

namespace MallBots.Sidecar.Tests.Invocation;

/// <summary>What the paths of an access control list cover (fact I6).</summary>
public sealed class OperationTreeTests
{
    [Theory]
    // A path without a wildcard: itself and all below it.
    [InlineData("/orders", "/orders", "/orders")]
    [InlineData("orders", "/orders", "orders")]
    [InlineData("/Orders", "/oRDERS", "/orders")]
    [InlineData("/orders", "/orders/1/cancel", "/orders")]
    [InlineData("/orders", "/ordersx", null)]
    [InlineData("/orders", "/", null)]
    [InlineData("/orders/", "/orders", null)]
    [InlineData("/", "/", "/")]
    // One star as the last segment: one segment, or none.
    [InlineData("/orders/*", "/orders/1", "/orders/*")]
    [InlineData("/orders/*", "/orders", "/orders/*")]
    [InlineData("/orders/*", "/orders/1/cancel", null)]
    [InlineData("/*", "/orders", "/*")]
    [InlineData("/*", "/", "/*")]
    [InlineData("/*", "/orders/1", null)]
    // Two stars as the last segment: all below, and the path itself.
    [InlineData("/orders/**", "/orders/1/cancel", "/orders/**")]
    [InlineData("/orders/**", "/orders", "/orders/**")]
    [InlineData("/**", "/orders/1", "/**")]
    // In the middle one star covers nothing, two stars one segment.
    [InlineData("/orders/*/cancel", "/orders/1/cancel", null)]
    [InlineData("/orders/**/cancel", "/orders/1/cancel", "/orders/**/cancel")]
    [InlineData("/orders/**/cancel", "/orders/1/2/cancel", null)]
    [InlineData("/*", "/*/x", null)] // A star in the path itself.
    // Stars within a segment: any text, also in the middle of a path.
    [InlineData("/or*s", "/orders", "/or*s")]
    [InlineData("/or*s/cancel", "/orders/cancel", "/or*s/cancel")]
    [InlineData("/or*s", "/order", null)]
    [InlineData("/a.c", "/abc", null)]
    [InlineData("/o-*/cancel", "/o-1/cancel", "/o-*/cancel")]
    // Of several the first that matches at a level counts, and there is no way back.
    [InlineData("/orders /orders/*", "/orders/1", "/orders")]
    [InlineData("/orders/* /orders", "/orders/1", "/orders")]
    [InlineData("/or* /orders", "/orders", "/or*")]
    [InlineData("/orders/* /orders/1", "/orders/1", "/orders/*")]
    [InlineData("/orders/1 /orders/*", "/orders/1", "/orders/1")]
    [InlineData("/or*/x /orders/y", "/orders/y", null)]
    [InlineData("/orders/*/x /orders/*", "/orders/1", "/orders/*")]
    public void A_path_is_covered_as_daprd_covers_it(string patterns, string path, string? by)
    {
        var tree = new OperationTree();
        foreach (var pattern in patterns.Split(' ')) tree.Add(pattern, new HashSet<string> { pattern.ToLowerInvariant() });
        Assert.Equal(by, tree.Find(path)?.Single());
    }

    [Fact]
    public void A_path_that_is_there_already_keeps_its_verbs()
    {
        var tree = new OperationTree();
        tree.Add("/orders", new HashSet<string> { "GET" });
        tree.Add("/ORDERS", new HashSet<string> { "POST" });
        Assert.Equal(["GET"], tree.Find("/orders"));
    }
}
