using System.Text.Json;

namespace MallBots.Local.Demo;

/// <summary>The mall of <c>local/seed/mall.json</c>: what the demo fills an empty mall with.</summary>
/// <param name="Customers">Who shops.</param>
/// <param name="Stores">The stores with their products.</param>
public sealed record SeedMall(IReadOnlyList<SeedCustomer> Customers, IReadOnlyList<SeedStore> Stores)
{
    /// <summary>Where the file lies beside the program.</summary>
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, "seed", "mall.json");

    /// <summary>Reads the file; a field that is missing or unknown is an error.</summary>
    public static async Task<SeedMall> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync<SeedMall>(file, MallJson.Strict, cancellationToken)
            ?? throw new InvalidDataException($"{path} is empty");
    }
}

/// <summary>A customer to register.</summary>
/// <param name="Name">The name.</param>
/// <param name="SmsNumber">In E.164 form.</param>
public sealed record SeedCustomer(string Name, string SmsNumber);

/// <summary>A store to open.</summary>
/// <param name="Name">The name.</param>
/// <param name="Location">A place on the floor plan, such as <c>Level 1, A-12</c>.</param>
/// <param name="Participating">Whether its products can be bought.</param>
/// <param name="Products">What it sells.</param>
public sealed record SeedStore(string Name, string Location, bool Participating, IReadOnlyList<SeedProduct> Products);

/// <summary>A product to add.</summary>
/// <param name="Sku">The store's number of it; unique in the whole file, so the demo names products by it.</param>
/// <param name="Name">The name.</param>
/// <param name="Price">Price of one unit. None ends in .13: the simulated payment provider declines such amounts.</param>
/// <param name="Description">A sentence about it.</param>
public sealed record SeedProduct(string Sku, string Name, decimal Price, string Description);
