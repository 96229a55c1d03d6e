using System.Data.Common;

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
        CREATE TABLE IF NOT EXISTS orders (
            order_id text PRIMARY KEY, version bigint NOT NULL, customer_id text NOT NULL, status text NOT NULL, placed_at bigint NOT NULL,
            total bigint NOT NULL, body text NOT NULL, built bigint NOT NULL);
        CREATE INDEX IF NOT EXISTS orders_by_time ON orders (placed_at, order_id);
        CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer_id, placed_at, order_id);
        CREATE TABLE IF NOT EXISTS order_lines (
            order_id text NOT NULL, product_id text NOT NULL, store_id text NOT NULL, PRIMARY KEY (order_id, product_id));
        CREATE INDEX IF NOT EXISTS order_lines_by_product ON order_lines (product_id);
        CREATE INDEX IF NOT EXISTS order_lines_by_store ON order_lines (store_id);
        CREATE TABLE IF NOT EXISTS customers (
            customer_id text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, words text NOT NULL, built bigint NOT NULL);
        CREATE TABLE IF NOT EXISTS stores (
            store_id text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, words text NOT NULL, participating boolean NOT NULL,
            built bigint NOT NULL);
        CREATE TABLE IF NOT EXISTS products (
            product_id text PRIMARY KEY, version bigint NOT NULL, store_id text NOT NULL, removed boolean NOT NULL, name text NOT NULL,
            name_key text NOT NULL, description text NOT NULL, sku text NOT NULL, price bigint NOT NULL, words text NOT NULL, built bigint NOT NULL);
        CREATE INDEX IF NOT EXISTS products_by_store ON products (store_id);
        CREATE TABLE IF NOT EXISTS feed_cursors (owner text PRIMARY KEY, cursor text NOT NULL);
        """;

    /// <summary>The one row of search_state: version of the schema, number of the latest rebuild and how far it is.</summary>
    const string State = """
        CREATE TABLE IF NOT EXISTS search_state (
            id integer PRIMARY KEY, schema_version bigint NOT NULL, generation bigint NOT NULL, finished bigint NOT NULL, entities bigint NOT NULL,
            started_at bigint NOT NULL, finished_at bigint NOT NULL, command text NOT NULL);
        INSERT INTO search_state VALUES (1, {0}, 0, 0, 0, 0, 0, '') ON CONFLICT (id) DO NOTHING;
        """;

    /// <summary>Makes what is missing.</summary>
    public static async Task Ensure(DbConnection connection, CancellationToken cancel)
    {
        var state = string.Format(System.Globalization.CultureInfo.InvariantCulture, State, Version);
        await Run(connection, state, cancel);
        await using var ask = connection.CreateCommand();
        ask.CommandText = "SELECT schema_version FROM search_state";
        if (Convert.ToInt64(await ask.ExecuteScalarAsync(cancel), System.Globalization.CultureInfo.InvariantCulture) != Version)
        {
            await Run(connection, Drop, cancel);
            await Run(connection, state, cancel);
        }

        await Run(connection, Create, cancel);
    }

    static async Task Run(DbConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancel);
    }
}
