using MallBots.TestKit;
using Xunit;

namespace MallBots.Chart.Tests.Mall;

/// <summary>The chart's table of apps is that of the code.</summary>
public sealed class AppsFileTests
{
    [Fact]
    public async Task The_charts_table_is_the_codes()
    {
        var file = Repository.PathOf(AppsFile.Path);
        if (Environment.GetEnvironmentVariable("MALLBOTS_UPDATE") == "1") await File.WriteAllTextAsync(file, AppsFile.Text(), TestContext.Current.CancellationToken);
        Assert.Equal(AppsFile.Text(), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }
}
