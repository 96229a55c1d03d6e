using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>Two local malls on one Redis: the histories of workflows lie in the folder of one, so the other does not start order-workflow.</summary>
public sealed class TwoMallsTests : IAsyncLifetime
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-test-");
    RedisServer redis = null!;

    string Components => Path.Combine(folder.FullName, "components");

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        RedisDatabase.Write(Path.Combine(AppContext.BaseDirectory, "components", "redis"), Components, redis.Host);
    }

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("first", "second")]
    [InlineData("first", null)]
    [InlineData(null, "second")]
    public async Task The_second_is_refused_in_one_line_and_starts_when_the_first_has_stopped(string? first, string? second)
    {
        await using (await Start(first))
        {
            var refusal = (await Assert.ThrowsAsync<LocalMallException>(() => Start(second))).Message;
            Assert.Contains($"the workflows of {Apps.OrderWorkflow} on Redis at {redis.Host}", refusal, StringComparison.Ordinal);
            Assert.Contains(first is null ? "in memory" : Path.Combine(folder.FullName, first), refusal, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refusal);
        }

        await using (await Start(second))
        {
            // It has what the first gave back.
        }
    }

    [Fact]
    public async Task The_other_services_may_run_on_both()
    {
        await using var first = await Start("first");
        await using var second = await LocalMall.StartAsync(
            new LocalMallOptions { ComponentsFolder = Components, DataFolder = Path.Combine(folder.FullName, "second"), Apps = [Apps.Stores] }, TestContext.Current.CancellationToken);
        Assert.NotEqual(first[Apps.OrderWorkflow], second[Apps.Stores]);
    }

    Task<LocalMall> Start(string? data) => LocalMall.StartAsync(
        new LocalMallOptions { ComponentsFolder = Components, DataFolder = data is null ? null : Path.Combine(folder.FullName, data), Apps = [Apps.OrderWorkflow] },
        TestContext.Current.CancellationToken);
}
