using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>
/// Rule 9: every replica equals its owner's present values. A copy keeps some fields of its entity by the entity's own names, so those are compared;
/// search, which keeps rows instead, is compared by what it shows.
/// </summary>
static class ReplicasEqualOwners
{
    public static IEnumerable<Violation> Check(MallSnapshot mall) =>
        mall.Internals is { } seen ? seen.Replicas.SelectMany(Copies).Concat(Offers(mall, seen)).Concat(Names(mall, seen)) : [];

    static IEnumerable<Violation> Copies(ReplicaSet set)
    {
        foreach (var owned in set.Owned)
        {
            if (!set.Kept.TryGetValue(owned.Id, out var copy))
                yield return Violation.Of(9, $"{set.Keeper} has no copy of the {set.Topic.Resource}", owned.Id);
            else if (copy.Version != owned.Version || copy.Removed != owned.Removed)
                yield return Violation.Of(9, $"{set.Keeper} has version {copy.Version} of the {set.Topic.Resource}, its owner {owned.Version}", owned.Id);
            else
                foreach (var field in Different(copy.Value, owned.Value))
                    yield return Violation.Of(9, $"{set.Keeper} has another {field} of the {set.Topic.Resource} than its owner", owned.Id);
        }
    }

    static IEnumerable<string> Different(JsonElement copy, JsonElement owned) =>
        from field in copy.EnumerateObject()
        where !owned.TryGetProperty(field.Name, out var value) || !JsonElement.DeepEquals(field.Value, value)
        select field.Name;

    /// <summary>What can be bought: products that are there, of stores that take part.</summary>
    static IEnumerable<Violation> Offers(MallSnapshot mall, Internals seen)
    {
        var stores = seen.Stores.ToDictionary(store => store.Id, store => store.Value);
        var offered = seen.Products.Where(product => !product.Removed && stores.GetValueOrDefault(product.Value.StoreId) is { Participating: true }).ToDictionary(product => product.Id, product => product.Value);
        var shown = mall.FoundProducts.ToLookup(product => product.ProductId);
        foreach (var product in offered.Values)
        {
            var expected = new ProductSearchResult(
                product.ProductId, product.StoreId, stores[product.StoreId].Name, product.Name, product.Description, product.Sku, product.Price, product.Currency);
            if (shown[product.ProductId].Count() != 1 || shown[product.ProductId].Single() != expected)
                yield return Violation.Of(9, "search does not show a product as it is", product.ProductId);
        }

        foreach (var product in mall.FoundProducts.Where(product => !offered.ContainsKey(product.ProductId)))
            yield return Violation.Of(9, "search shows a product that can't be bought", product.ProductId);
    }

    /// <summary>Orders show the present names.</summary>
    static IEnumerable<Violation> Names(MallSnapshot mall, Internals seen)
    {
        var customers = seen.Customers.ToDictionary(customer => customer.Id, customer => customer.Value.Name);
        var stores = seen.Stores.ToDictionary(store => store.Id, store => store.Value.Name);
        var products = seen.Products.ToDictionary(product => product.Id, product => product.Value.Name);
        foreach (var row in mall.FoundOrders)
        {
            if (customers.TryGetValue(row.CustomerId, out var name) && name != row.CustomerName)
                yield return Violation.Of(9, "search does not show the customer's present name", row.OrderId, row.CustomerId);
            foreach (var line in row.Items)
            {
                if (stores.GetValueOrDefault(line.StoreId, line.StoreName) != line.StoreName)
                    yield return Violation.Of(9, "search does not show the store's present name", row.OrderId, line.StoreId);
                if (products.GetValueOrDefault(line.ProductId, line.ProductName) != line.ProductName)
                    yield return Violation.Of(9, "search does not show the product's present name", row.OrderId, line.ProductId);
            }
        }
    }
}
