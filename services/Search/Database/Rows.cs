using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Search.Database;

/// <summary>Entities of the owners as rows. A row only ever moves to a higher version, whatever order, duplication or delay they come in.</summary>
static class Rows
{
    static readonly string UpsertOrder = Upsert("orders", "order_id", "customer_id", "status", "placed_at", "total", "body");
    static readonly string UpsertCustomer = Upsert("customers", "customer_id", "name", "words");
    static readonly string UpsertStore = Upsert("stores", "store_id", "name", "words", "participating");
    static readonly string UpsertProduct = Upsert("products", "product_id", "store_id", "removed", "name", "name_key", "description", "sku", "price", "words");

    const string InsertLine = "INSERT INTO order_lines (order_id, product_id, store_id) VALUES (@order_id, @product_id, @store_id) ON CONFLICT (order_id, product_id) DO NOTHING";

    /// <summary>Every order event carries the whole order: the first that arrives makes the row.</summary>
    /// <param name="rows">Where to write.</param>
    /// <param name="seen">The order.</param>
    /// <param name="again">True in a rebuild: a row of the same version is written again.</param>
    public static async Task Put(this RowWriter rows, Seen<OrderResource> seen, bool again = false)
    {
        var order = seen.Value;
        var moved = await rows.Execute(
            UpsertOrder, ("order_id", seen.Id), ("version", seen.Version), ("customer_id", order.CustomerId), ("status", StatusOf(order.Status)),
            ("placed_at", order.PlacedAt.UtcTicks), ("total", Hundredths(order.Total)), ("body", JsonSerializer.Serialize(order, KitJson.Options)), ("again", again));
        if (moved == 0) return;
        foreach (var line in order.Items) await rows.Execute(InsertLine, ("order_id", seen.Id), ("product_id", line.ProductId), ("store_id", line.StoreId));
    }

    /// <inheritdoc cref="Put(RowWriter, Seen{OrderResource}, bool)"/>
    public static Task Put(this RowWriter rows, Seen<CustomerResource> seen, bool again = false) => rows.Execute(
        UpsertCustomer, ("customer_id", seen.Id), ("version", seen.Version), ("name", Words.Clean(seen.Value.Name)), ("words", Words.Of(seen.Value.Name)), ("again", again));

    /// <inheritdoc cref="Put(RowWriter, Seen{OrderResource}, bool)"/>
    public static Task Put(this RowWriter rows, Seen<StoreResource> seen, bool again = false) => rows.Execute(
        UpsertStore, ("store_id", seen.Id), ("version", seen.Version), ("name", Words.Clean(seen.Value.Name)), ("words", Words.Of(seen.Value.Name)),
        ("participating", seen.Value.Participating && !seen.Removed), ("again", again));

    /// <inheritdoc cref="Put(RowWriter, Seen{OrderResource}, bool)"/>
    public static Task Put(this RowWriter rows, Seen<ProductResource> seen, bool again = false)
    {
        var product = seen.Value;
        return rows.Execute(
            UpsertProduct, ("product_id", seen.Id), ("version", seen.Version), ("store_id", product.StoreId), ("removed", seen.Removed || product.Removed),
            ("name", Words.Clean(product.Name)), ("name_key", Words.Of(product.Name)), ("description", Words.Clean(product.Description)),
            ("sku", Words.Clean(product.Sku)), ("price", Hundredths(product.Price)), ("words", Words.Of(product.Name, product.Description, product.Sku)),
            ("again", again));
    }

    /// <summary>An order's status as it is kept and asked for.</summary>
    public static string StatusOf(OrderStatus status) => ApiText.Word(status);

    /// <summary>Money as it is kept.</summary>
    public static long Hundredths(decimal amount) => (long)(amount * 100);

    /// <summary>Money as it is shown.</summary>
    public static decimal Money(long hundredths) => hundredths / 100m + 0.00m;

    static string Upsert(string table, string key, params string[] columns) => $"""
        INSERT INTO {table} ({key}, version, {string.Join(", ", columns)}, built)
        VALUES (@{key}, @version, {string.Join(", ", columns.Select(column => $"@{column}"))}, (SELECT generation FROM search_state))
        ON CONFLICT ({key}) DO UPDATE SET version = excluded.version, {string.Join(", ", columns.Select(column => $"{column} = excluded.{column}"))}, built = excluded.built
        WHERE excluded.version > {table}.version OR (@again AND excluded.version = {table}.version)
        """;
}
