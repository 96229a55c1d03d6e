using System.Data.Common;
using MallBots.Search.Database;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace MallBots.Mall.Tests.Search;

/// <summary>What a fault of the engine is: a defect, one that passes, or a broken file.</summary>
public sealed class EngineFaultsTests
{
    public static TheoryData<string, bool, bool> Faults => new()
    {
        { "sqlite 1", false, false }, // ERROR
        { "sqlite 19", false, false }, // CONSTRAINT
        { "sqlite 3", true, false }, // PERM
        { "sqlite 5", true, false }, // BUSY
        { "sqlite 6", true, false }, // LOCKED
        { "sqlite 8", true, false }, // READONLY
        { "sqlite 10", true, false }, // IOERR
        { "sqlite 13", true, false }, // FULL
        { "sqlite 14", true, false }, // CANTOPEN
        { "sqlite 15", true, false }, // PROTOCOL
        { "sqlite 11", false, true }, // CORRUPT
        { "sqlite 26", false, true }, // NOTADB
        { "postgres XX001", false, false }, // data_corrupted
        { "postgres 57P01", true, false }, // admin_shutdown
        { "no connection", true, false },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Only_a_SQLite_file_is_ever_broken(string fault, bool passing, bool broken)
    {
        DbException thrown = fault.Split(' ') switch
        {
            ["sqlite", var code] => new SqliteException(fault, int.Parse(code, System.Globalization.CultureInfo.InvariantCulture)),
            ["postgres", var state] => new PostgresException(fault, "ERROR", "ERROR", state),
            _ => new NpgsqlException(fault),
        };
        Assert.Equal((passing, broken), (Engine.IsPassing(thrown), Engine.IsBroken(thrown)));
        Assert.Equal(broken, Engine.IsBroken(new InvalidOperationException("EF Core's", thrown)));
    }
}
