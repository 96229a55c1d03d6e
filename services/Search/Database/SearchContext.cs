using Microsoft.EntityFrameworkCore;

namespace MallBots.Search.Database;

/// <summary>The tables as EF Core reads them. Nothing is written through it: rows are moved by version, in SQL (<see cref="RowWriter"/>).</summary>
sealed class SearchContext(DbContextOptions<SearchContext> options) : DbContext(options)
{
    public DbSet<OrderRow> Orders => Set<OrderRow>();

    public DbSet<OrderLineRow> OrderLines => Set<OrderLineRow>();

    public DbSet<CustomerRow> Customers => Set<CustomerRow>();

    public DbSet<StoreRow> Stores => Set<StoreRow>();

    public DbSet<ProductRow> Products => Set<ProductRow>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<OrderRow>().ToTable("orders").HasKey(row => row.OrderId);
        model.Entity<OrderLineRow>().ToTable("order_lines").HasKey(row => new { row.OrderId, row.ProductId });
        model.Entity<CustomerRow>().ToTable("customers").HasKey(row => row.CustomerId);
        model.Entity<StoreRow>().ToTable("stores").HasKey(row => row.StoreId);
        model.Entity<ProductRow>().ToTable("products").HasKey(row => row.ProductId);
        foreach (var entity in model.Model.GetEntityTypes())
            foreach (var property in entity.GetProperties()) property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
    }
}

/// <summary>An order; <see cref="Body"/> is the whole of it as JSON, the other columns are what is searched and sorted by.</summary>
sealed class OrderRow
{
    public required string OrderId { get; init; }

    public required long Version { get; init; }

    public required string CustomerId { get; init; }

    public required string Status { get; init; }

    /// <summary>UTC ticks.</summary>
    public required long PlacedAt { get; init; }

    /// <summary>In hundredths.</summary>
    public required long Total { get; init; }

    public required string Body { get; init; }
}

/// <summary>A line of an order; what it is about never changes.</summary>
sealed class OrderLineRow
{
    public required string OrderId { get; init; }

    public required string ProductId { get; init; }

    public required string StoreId { get; init; }
}

/// <summary>A customer's present name. No SMS number is kept here.</summary>
sealed class CustomerRow
{
    public required string CustomerId { get; init; }

    public required string Name { get; init; }

    public required string Words { get; init; }
}

/// <summary>A store as it is now.</summary>
sealed class StoreRow
{
    public required string StoreId { get; init; }

    public required string Name { get; init; }

    public required string Words { get; init; }

    public required bool Participating { get; init; }
}

/// <summary>A product as it is now.</summary>
sealed class ProductRow
{
    public required string ProductId { get; init; }

    public required string StoreId { get; init; }

    public required bool Removed { get; init; }

    public required string Name { get; init; }

    /// <summary>The name as it is sorted by.</summary>
    public required string NameKey { get; init; }

    public required string Description { get; init; }

    public required string Sku { get; init; }

    /// <summary>In hundredths.</summary>
    public required long Price { get; init; }

    public required string Words { get; init; }
}
