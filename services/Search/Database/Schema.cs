using System.Data.Common;
using System.Globalization;

namespace MallBots.Search.Database;

/// <summary>
/// The tables. They hold nothing that the owners don't have, so there are no migrations: a database of another version is dropped and filled again from
/// the owners' feeds. Written by hand, since that starts much faster than EF Core's EnsureCreated; tests hold it against EF Core's model.
/// Money is kept in hundredths and times in ticks, because SQLite can compare neither decimals nor dates.
/// </summary>
static class Schema
{
    const int Version = 1;

    const string Drop = """
        DROP TABLE IF EXISTS orders; DROP TABLE IF EXISTS order_lines; DROP TABLE IF EXISTS customers; DROP TABLE IF EXISTS stores;
        DROP TABLE IF EXISTS products; DROP TABLE IF EXISTS feed_cursors; DROP TABLE IF EXISTS search_state;
        """;

    const string Create = """
        CREATE TABLE orders (
            order_id text PRIMARY KEY, version bigint NOT NULL, customer_id text NOT NULL, status text NOT NULL, placed_at bigint NOT NULL,
            total bigint NOT NULL, body text NOT NULL, built bigint NOT NULL);
        CREATE INDEX orders_by_time ON orders (placed_at, order_id);
        CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, order_id);
        CREATE TABLE order_lines (
            order_id text NOT NULL, product_id text NOT NULL, store_id text NOT NULL, PRIMARY KEY (order_id, product_id));
        CREATE INDEX order_lines_by_product ON order_lines (product_id);
        CREATE INDEX order_lines_by_store ON order_lines (store_id);
        CREATE TABLE customers (
            customer_id text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, words text NOT NULL, built bigint NOT NULL);
        CREATE TABLE stores (
            store_id text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, words text NOT NULL, participating boolean NOT NULL,
            built bigint NOT NULL);
        CREATE TABLE products (
            product_id text PRIMARY KEY, version bigint NOT NULL, store_id text NOT NULL, removed boolean NOT NULL, name text NOT NULL,
            name_key text NOT NULL, description text NOT NULL, sku text NOT NULL, price bigint NOT NULL, words text NOT NULL, built bigint NOT NULL);
        CREATE INDEX products_by_store ON products (store_id);
        CREATE TABLE feed_cursors (owner text PRIMARY KEY, cursor text NOT NULL);
        CREATE TABLE search_state (
            id integer PRIMARY KEY, generation bigint NOT NULL, finished bigint NOT NULL, entities bigint NOT NULL,
            started_at bigint NOT NULL, finished_at bigint NOT NULL, command text NOT NULL);
        INSERT INTO search_state VALUES (1, 0, 0, 0, 0, 0, '');
        """;

    /// <summary>The one table that is the same in every version: it says which one the others have. 0: none yet.</summary>
    const string Versions = """
        CREATE TABLE IF NOT EXISTS search_schema (id integer PRIMARY KEY, version bigint NOT NULL);
        INSERT INTO search_schema VALUES (1, 0) ON CONFLICT (id) DO NOTHING;
        """;

    /// <summary>Takes the row's lock, so that of several replicas one makes the tables.</summary>
    const string Lock = "UPDATE search_schema SET version = version";

    static readonly string Done = string.Create(CultureInfo.InvariantCulture, $"UPDATE search_schema SET version = {Version}");

    /// <summary>Begins a rebuild, as if somebody had asked for it.</summary>
    public static async Task AskForRebuild(DbConnection connection, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = string.Create(
            CultureInfo.InvariantCulture, $"UPDATE search_state SET generation = generation + 1, entities = 0, started_at = {now.UtcTicks}, finished_at = 0, command = ''");
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Makes the tables, unless those of this version are there.</summary>
    public static async Task Ensure(DbConnection connection, CancellationToken cancel)
    {
        await Run(Versions, null);
        if (await IsPresent(null)) return;
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await Run(Lock, transaction);
        if (!await IsPresent(transaction))
            foreach (var statements in new[] { Drop, Create, Done }) await Run(statements, transaction);
        await transaction.CommitAsync(cancel);

        async Task<bool> IsPresent(DbTransaction? within)
        {
            await using var command = Command("SELECT version FROM search_schema", within);
            return Convert.ToInt64(await command.ExecuteScalarAsync(cancel), CultureInfo.InvariantCulture) == Version;
        }

        async Task Run(string statements, DbTransaction? within)
        {
            await using var command = Command(statements, within);
            await command.ExecuteNonQueryAsync(cancel);
        }

        DbCommand Command(string statements, DbTransaction? within)
        {
            var command = connection.CreateCommand();
            (command.CommandText, command.Transaction) = (statements, within);
            return command;
        }
    }
}
