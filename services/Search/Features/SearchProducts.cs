using MallBots.Contracts;
using MallBots.Search.Database;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Http;
using Microsoft.EntityFrameworkCore;

namespace MallBots.Search.Features;

/// <summary>Searches what can be bought in the whole mall now.</summary>
public static class SearchProducts
{
    /// <summary>What products are sorted by.</summary>
    public enum Sort
    {
        /// <summary>By name, then id.</summary>
        Name,

        /// <summary>By price, the lowest first, then id.</summary>
        Price,
    }

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/search/products", (ListQuery query, SearchDatabase database, KitOptions kit, CancellationToken cancel) =>
            database.Query(search => Handle(query, search, kit.Currency, cancel), cancel))
        .Summary("Searches what can be bought in the whole mall now")
        .Describe("Products of participating stores. Every word of text must be part of the product's name, description or SKU or of the store's name. sort is name (the default) or price.")
        .Query(Filter.Text("text", Filters.LongestText), Filter.Id("storeId"), Filter.Word<Sort>("sort"))
        .Query(Filter.Money("minPrice", Filters.MostMoney), Filter.Money("maxPrice", Filters.MostMoney))
        .Query("limit", "cursor")
        .Answers<Page<ProductSearchResult>>();

    static async Task<IResult> Handle(ListQuery query, SearchContext search, string currency, CancellationToken cancel)
    {
        var sort = query.Value<Sort>("sort") ?? Sort.Name;
        var found =
            from product in Filtered(query, search)
            join store in search.Stores on product.StoreId equals store.StoreId
            where store.Participating
            select new { Product = product, Store = store };
        foreach (var word in query.Words("text")) found = found.Where(row => row.Product.Words.Contains(word) || row.Store.Words.Contains(word));

        if (Cursor.Read(query.Paging.Cursor, sort.ToString()) is { } last)
        {
            var (name, id) = (last.Key, last.Id);
            if (sort == Sort.Name)
            {
                found = found.Where(row => string.Compare(row.Product.NameKey, name) > 0
                    || (row.Product.NameKey == name && string.Compare(row.Product.ProductId, id) > 0));
            }
            else
            {
                var price = last.Number;
                found = found.Where(row => row.Product.Price > price || (row.Product.Price == price && string.Compare(row.Product.ProductId, id) > 0));
            }
        }

        var sorted = sort == Sort.Name
            ? found.OrderBy(row => row.Product.NameKey).ThenBy(row => row.Product.ProductId)
            : found.OrderBy(row => row.Product.Price).ThenBy(row => row.Product.ProductId);
        var rows = await sorted.Take(query.Paging.Limit + 1).Select(row => new { row.Product, StoreName = row.Store.Name }).ToListAsync(cancel);
        var page = rows.Take(query.Paging.Limit).ToList();
        var next = rows.Count == page.Count ? null : sort == Sort.Name
            ? new Cursor(sort.ToString(), page[^1].Product.NameKey, page[^1].Product.ProductId)
            : Cursor.Of(sort.ToString(), page[^1].Product.Price, page[^1].Product.ProductId);
        return Results.Ok(new Page<ProductSearchResult>(
            [
                .. page.Select(row => new ProductSearchResult(
                    row.Product.ProductId, row.Product.StoreId, row.StoreName, row.Product.Name, row.Product.Description, row.Product.Sku,
                    Rows.Money(row.Product.Price), currency)),
            ],
            next?.ToString()));
    }

    static IQueryable<ProductRow> Filtered(ListQuery query, SearchContext search)
    {
        var products = search.Products.Where(product => !product.Removed);
        if (query.Id("storeId") is { } store) products = products.Where(product => product.StoreId == store);
        if (query.Hundredths("minPrice") is { } least) products = products.Where(product => product.Price >= least);
        if (query.Hundredths("maxPrice") is { } most) products = products.Where(product => product.Price <= most);
        return products;
    }
}
