using MallBots.Sidecar.Storage;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Storage;

public sealed class SqliteFileTests : IDisposable
{
    readonly string folder = SidecarUnderTest.NewFolder();

    string File => Path.Combine(folder, "mall.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_job_that_throws_is_undone_alone()
    {
        await using var file = SqliteFile.Open(File);
        await file.Write(session => session.Execute("CREATE TABLE t (n INTEGER)"));

        // Held up together behind the first, so that they share a transaction.
        var gate = new ManualResetEventSlim();
        var blocker = file.Write(_ => gate.Wait(TestContext.Current.CancellationToken));
        var good = file.Write(session => session.Execute("INSERT INTO t VALUES ($1)", 1));
        var bad = file.Write(session =>
        {
            session.Execute("INSERT INTO t VALUES ($1)", 2);
            throw new InvalidOperationException("no");
        });
        var last = file.Write(session => session.Execute("INSERT INTO t VALUES ($1)", 3));
        gate.Set();

        await blocker;
        Assert.Equal(1, await good);
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        await last;
        Assert.Equal([1, 3], await file.Read(session => session.Rows("SELECT n FROM t ORDER BY n", row => row.GetInt64(0))));
    }

    [Fact]
    public async Task Those_who_open_the_same_path_share_the_file_until_the_last_one_closes_it()
    {
        var first = SqliteFile.Open(File);
        var second = SqliteFile.Open(Path.Combine(folder, ".", "mall.db"));
        Assert.Same(first, second);

        await first.DisposeAsync();
        await second.Write(session => session.Execute("CREATE TABLE t (n INTEGER)"));
        await second.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.Write(session => session.Execute("DELETE FROM t")));

        await using var third = SqliteFile.Open(File);
        Assert.Empty(await third.Read(session => session.Rows("SELECT n FROM t", row => row.GetInt64(0))));
    }

    [Fact]
    public async Task Many_writers_and_readers_work_together()
    {
        await using var file = SqliteFile.Open(File);
        await file.Write(session => session.Execute("CREATE TABLE t (n INTEGER)"));
        await Task.WhenAll(Enumerable.Range(0, 500).Select(async number =>
        {
            await file.Write(session => session.Execute("INSERT INTO t VALUES ($1)", number));
            Assert.Equal(1, await file.Read(session => session.First("SELECT count(*) FROM t WHERE n = $1", row => row.GetInt64(0), number)));
        }));
    }

    [Fact]
    public async Task A_database_in_memory_is_its_own()
    {
        await using var one = SqliteFile.OpenInMemory();
        await using var other = SqliteFile.OpenInMemory();
        await one.Write(session => session.Execute("CREATE TABLE t (n INTEGER)"));
        await other.Write(session => session.Execute("CREATE TABLE t (n INTEGER)"));
        Assert.Empty(await one.Read(session => session.Rows("SELECT n FROM t", row => row.GetInt64(0))));
    }
}
