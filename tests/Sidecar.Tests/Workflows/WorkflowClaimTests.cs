using System.Diagnostics;
using System.Text.RegularExpressions;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Tests.Core;
using MallBots.Sidecar.Workflows;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>
/// Where state is in a Redis, the workflows of an app are one sidecar's: the one that has their histories. A second would take new instances, which end
/// with it: of 36 orders five stayed pending when it was killed.
/// </summary>
public sealed partial class WorkflowClaimTests : IAsyncLifetime
{
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    RedisServer redis = null!;

    public async ValueTask InitializeAsync() => redis = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    [Fact]
    public async Task A_second_sidecar_of_the_app_does_not_start_and_says_which_Redis_whose_it_is_and_what_to_do()
    {
        await using var first = await StartAsync();
        var refusal = await RefusalAsync();
        Assert.Contains(redis.Host, refusal, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(first.Folder, "data"), refusal, StringComparison.Ordinal);
        Assert.Contains("a redisDB of its own", refusal, StringComparison.Ordinal);
        Assert.Contains($"DEL '{WorkflowClaim.KeyOf(WorkflowSidecar.AppId)}'", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public async Task Other_apps_and_other_databases_are_not_concerned()
    {
        await using var first = await StartAsync();
        await using var otherApp = await SidecarUnderTest.StartAsync([State()], apps: ["another", SidecarUnderTest.AppId]);
        await using var otherDatabase = await StartAsync(yaml: State(database: "1"));
        Assert.NotEqual(first.Sidecar[WorkflowSidecar.AppId].GrpcPort, otherDatabase.Sidecar[WorkflowSidecar.AppId].GrpcPort);
    }

    [Fact]
    public async Task Where_every_app_sees_the_store_the_worker_of_a_second_sidecar_is_refused()
    {
        await using var first = await StartAsync(yaml: State(scoped: false));
        await using var worker = await WorkflowHost.StartAsync(first.Sidecar[WorkflowSidecar.AppId]);
        await worker.Client.ScheduleNewWorkflowAsync("Greeting-is-not-there", "claims"); // Answers when the worker is connected.
        await using var second = await StartAsync(yaml: State(scoped: false));

        using var silent = new SilentWorker(second.Sidecar[WorkflowSidecar.AppId]);
        var refused = await Assert.ThrowsAsync<RpcException>(() => silent.NextAsync());

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains(redis.Host, refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_stopped_with_nothing_unfinished_has_given_it_back()
    {
        await using (var first = await StartAsync())
        {
            await using var app = await WorkflowHost.StartAsync(first.Sidecar[WorkflowSidecar.AppId]);
            await app.Client.ScheduleNewWorkflowAsync("Chain", "done", new Person("ann"));
            await app.Completed("done");
        }

        await using var second = await StartAsync();
    }

    [Fact]
    public async Task One_that_stopped_in_the_middle_of_an_instance_keeps_it_for_its_folder()
    {
        using var folder = new TestFolder();
        await using (var first = await StartAsync(folder.Path))
        {
            await using var app = await WorkflowHost.StartAsync(first.Sidecar[WorkflowSidecar.AppId]);
            await app.Client.ScheduleNewWorkflowAsync("Collecting", "waits", 1);
        }

        Assert.Contains(folder.Path, await RefusalAsync(), StringComparison.Ordinal);

        await using (var again = await StartAsync(folder.Path))
        {
            await using var app = await WorkflowHost.StartAsync(again.Sidecar[WorkflowSidecar.AppId]);
            await app.Client.RaiseEventAsync("waits", "item", "heard", cancel);
            Assert.Equal("heard", (await app.Completed("waits")).ReadOutputAs<string>());
        }

        await using var second = await StartAsync();
    }

    [Fact]
    public async Task After_kill_9_the_same_folder_has_it_back_at_once_and_another_only_by_the_command_in_the_message()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "state.yaml"), State(), cancel);
        await KilledAsync(folder.Path);
        await KilledAsync(folder.Path);

        var refusal = await RefusalAsync();
        var command = DeleteCommand().Match(refusal);
        Assert.True(command.Success, refusal);
        using var cli = Process.Start(new ProcessStartInfo("redis-cli", command.Groups[1].Value.Replace("'", "\"", StringComparison.Ordinal)) { RedirectStandardOutput = true })!;
        await cli.WaitForExitAsync(cancel);

        await using var takesOver = await StartAsync();
        Assert.Contains(takesOver.Folder, await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_sidecar_on_the_same_folder_is_refused_too()
    {
        await using var first = await StartAsync();
        await using var otherDatabase = await StartAsync(yaml: State(database: "1"));
        Assert.Contains("another sidecar runs the workflows", await RefusalAsync(first.Folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_in_memory_has_it_as_long_as_it_lives()
    {
        await using (var first = await StartAsync(inMemory: true))
        {
            Assert.Contains("keeps their histories in memory: stop that one", await RefusalAsync(), StringComparison.Ordinal);
        }

        await using var second = await StartAsync();
    }

    [Fact]
    public async Task The_lease_of_one_in_memory_that_was_killed_is_waited_for()
    {
        await using var connection = await redis.ConnectAsync();
        var key = WorkflowClaim.KeyOf(WorkflowSidecar.AppId);
        await connection.GetDatabase().HashSetAsync(key, [new("owner", "killed"), new("folder", ""), new("machine", "m"), new("process", 1), new("seen", 1)]);
        await connection.GetDatabase().KeyExpireAsync(key, TimeSpan.FromSeconds(1));

        await using var second = await StartAsync();

        Assert.NotEqual("killed", (await connection.GetDatabase().HashGetAsync(key, "owner")).ToString());
    }

    [Fact]
    public async Task A_claim_that_a_Redis_lost_is_made_again()
    {
        await using var connection = await redis.ConnectAsync();
        await using var first = await StartAsync();
        Assert.True(await connection.GetDatabase().KeyDeleteAsync(WorkflowClaim.KeyOf(WorkflowSidecar.AppId)));
        await Eventually.True(() => connection.GetDatabase().KeyExistsAsync(WorkflowClaim.KeyOf(WorkflowSidecar.AppId)), what: "the claim is made again");
    }

    Task<SidecarUnderTest> StartAsync(string? folder = null, string? yaml = null, bool inMemory = false) =>
        SidecarUnderTest.StartAsync([yaml ?? State()], apps: [WorkflowSidecar.AppId, SidecarUnderTest.AppId], folder: folder, inMemory: inMemory);

    async Task<string> RefusalAsync(string? folder = null) => (await Assert.ThrowsAsync<ResourceException>(() => StartAsync(folder))).Message;

    /// <summary>A standalone sidecar that was ready, and was killed.</summary>
    static async Task KilledAsync(string folder)
    {
        string[] arguments =
        [
            "--app-id", WorkflowSidecar.AppId, "--dapr-http-port", "0", "--dapr-grpc-port", "0", "--resources-path", folder, "--data", Path.Combine(folder, "data"),
        ];
        await using var sidecar = ChildProcess.Start("MallBots.Sidecar.dll", arguments, []);
        await sidecar.Line(line => line.Contains("is ready", StringComparison.Ordinal));
        await sidecar.Kill();
    }

    string State(bool scoped = true, string database = "0") =>
        Yaml.Component("workflowstore", "state.redis", ("redisHost", redis.Host), ("redisDB", database), ("actorStateStore", "true"))
        + (scoped ? $"\nscopes: [{WorkflowSidecar.AppId}, another]" : "");

    [GeneratedRegex("`redis-cli ([^`]+)`")]
    private static partial Regex DeleteCommand();
}
