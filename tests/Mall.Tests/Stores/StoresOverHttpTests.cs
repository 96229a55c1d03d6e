using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Stores;

/// <summary>The service <c>stores</c> over HTTP, on the embedded sidecar. Specification 3, stores.</summary>
public sealed class StoresOverHttpTests(StoresOverHttpTests.Running running) : IClassFixture<StoresOverHttpTests.Running>
{
    /// <summary>One service for all tests of the class: each opens a store of its own.</summary>
    public sealed class Running : IAsyncLifetime
    {
        LocalMall mall = null!;

        internal ShopApi Api { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            mall = await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Stores] });
            Api = new ShopApi(mall[Apps.Stores]);
        }

        public async ValueTask DisposeAsync()
        {
            Api.Dispose();
            await mall.DisposeAsync();
        }
    }

    readonly ShopApi api = running.Api;

    [Fact]
    public async Task A_store_opens_is_shown_and_listed_by_participation()
    {
        var created = (await api.Post("/api/stores", new { name = "  Teahouse ", location = "Level 1" })).Must(201);
        Assert.Equal("{\"storeId\":\"" + created.Text("storeId") + "\",\"name\":\"Teahouse\",\"location\":\"Level 1\",\"participating\":false}", created.Body.ToString());
        Assert.Equal($"/api/stores/{created.Text("storeId")}", created.Headers.Location?.ToString());
        Assert.Equal(created.Body.ToString(), (await api.Get(created.Headers.Location!.ToString())).Must(200).Body.ToString());

        async Task<bool> Listed(string query) => (await api.Get($"/api/stores?limit=200&{query}")).Must(200).Items.Any(store => store.GetProperty("storeId").GetString() == created.Text("storeId"));
        await Eventually.True(() => Listed("participating=false"));
        Assert.False(await Listed("participating=true"));
        Assert.True((await api.Put($"/api/stores/{created.Text("storeId")}/participation", new { participating = true })).Must(200).Body.GetProperty("participating").GetBoolean());
        Assert.True(await Listed("participating=true"));
        Assert.True(await Listed(""));
    }

    [Fact]
    public async Task Saying_the_same_again_makes_no_new_version()
    {
        var store = await OpenStore();
        var renamed = (await api.Put($"/api/stores/{store}/name", new { name = "Tea & Co" })).Must(200);
        Assert.Equal("\"2\"", renamed.Headers.ETag?.Tag);
        Assert.Equal("\"2\"", (await api.Put($"/api/stores/{store}/name", new { name = "Tea & Co" })).Must(200).Headers.ETag?.Tag);
        Assert.Equal("\"2\"", (await api.Put($"/api/stores/{store}/participation", new { participating = false })).Must(200).Headers.ETag?.Tag);
        (await api.Put($"/api/stores/{store}/name", new { name = "Other" }, ifMatch: "\"1\"")).MustBe(412, "version-mismatch");
    }

    [Fact]
    public async Task A_product_is_added_shown_listed_rebranded_and_priced()
    {
        var store = await OpenStore();
        var added = (await api.Post($"/api/stores/{store}/products", Tea())).Must(201);
        var path = added.Headers.Location!.ToString();
        Assert.Equal($"/api/products/{added.Text("productId")}", path);
        Assert.Equal((store, "T-1", 8.90m, "USD", false), (added.Text("storeId"), added.Text("sku"), added.Money("price"), added.Text("currency"), added.Body.GetProperty("removed").GetBoolean()));
        Assert.Equal(added.Body.ToString(), (await api.Get(path)).Must(200).Body.ToString());
        await Eventually.True(async () => (await api.Get($"/api/stores/{store}/products")).Must(200).Items.Any());

        Assert.Equal("Sencha", (await api.Put(path, new { name = "Sencha", description = "" })).Must(200).Text("name"));
        var raised = (await api.Put($"{path}/price", new { price = 9.5 })).Must(200);
        Assert.Equal((9.5m, "\"3\""), (raised.Money("price"), raised.Headers.ETag?.Tag));
        Assert.Equal("\"3\"", (await api.Put($"{path}/price", new { price = 9.50 })).Must(200).Headers.ETag?.Tag);
    }

    [Fact]
    public async Task A_removed_product_is_unknown_gone_from_the_list_and_can_not_be_changed()
    {
        var store = await OpenStore();
        var path = (await api.Post($"/api/stores/{store}/products", Tea())).Must(201).Headers.Location!.ToString();
        await Eventually.True(async () => (await api.Get($"/api/stores/{store}/products")).Must(200).Items.Any());
        (await api.Delete(path)).Must(204);
        (await api.Delete(path)).Must(204);
        (await api.Get(path)).MustBe(404, "product-unknown");
        Assert.Empty((await api.Get($"/api/stores/{store}/products")).Must(200).Items);
        (await api.Put(path, new { name = "Sencha", description = "" })).MustBe(409, "product-removed");
        (await api.Put($"{path}/price", new { price = 1 })).MustBe(409, "product-removed");
    }

    [Fact]
    public async Task A_SKU_is_unique_among_the_present_products_of_its_store()
    {
        var (store, other) = (await OpenStore(), await OpenStore());
        var path = (await api.Post($"/api/stores/{store}/products", Tea())).Must(201).Headers.Location!.ToString();
        (await api.Post($"/api/stores/{store}/products", Tea(name: "Other tea"))).MustBe(409, "sku-taken");
        (await api.Post($"/api/stores/{store}/products", Tea(sku: " T-1 "))).MustBe(409, "sku-taken");
        (await api.Post($"/api/stores/{store}/products", Tea(sku: "t-1"))).Must(201);
        (await api.Post($"/api/stores/{other}/products", Tea())).Must(201);
        (await api.Delete(path)).Must(204);
        (await api.Post($"/api/stores/{store}/products", Tea())).Must(201);
        (await api.Post($"/api/stores/{store}/products", Tea())).MustBe(409, "sku-taken");
    }

    [Fact]
    public async Task The_same_key_gives_the_same_product_even_after_it_was_removed_and_its_SKU_went_to_another()
    {
        var store = await OpenStore();
        var first = (await api.Post($"/api/stores/{store}/products", Tea(), "k-1")).Must(201);
        var again = (await api.Post($"/api/stores/{store}/products", Tea(), "k-1")).Must(201);
        Assert.Equal(first.Body.ToString(), again.Body.ToString());
        (await api.Delete(first.Headers.Location!.ToString())).Must(204);
        (await api.Post($"/api/stores/{store}/products", Tea(), "k-2")).Must(201);
        var late = (await api.Post($"/api/stores/{store}/products", Tea(), "k-1")).Must(201);
        Assert.Equal((first.Text("productId"), true), (late.Text("productId"), late.Body.GetProperty("removed").GetBoolean()));
    }

    [Fact]
    public async Task A_key_that_is_used_for_another_product_reserves_nothing()
    {
        var store = await OpenStore();
        (await api.Post($"/api/stores/{store}/products", Tea(), "k-1")).Must(201);
        (await api.Post($"/api/stores/{store}/products", Tea(sku: "T-2"), "k-1")).MustBe(422, "idempotency-key-reused");
        (await api.Post($"/api/stores/{store}/products", Tea(sku: "T-2"))).Must(201);
    }

    [Fact]
    public async Task An_attempt_that_was_refused_for_its_SKU_is_decided_anew()
    {
        var store = await OpenStore();
        var path = (await api.Post($"/api/stores/{store}/products", Tea())).Must(201).Headers.Location!.ToString();
        (await api.Post($"/api/stores/{store}/products", Tea(), "k-1")).MustBe(409, "sku-taken");
        (await api.Delete(path)).Must(204);
        (await api.Post($"/api/stores/{store}/products", Tea(), "k-1")).Must(201);
    }

    [Fact]
    public async Task Products_are_listed_newest_first_in_pages()
    {
        var store = await OpenStore();
        for (var number = 0; number < 5; number++) (await api.Post($"/api/stores/{store}/products", Tea(sku: $"T-{number}"))).Must(201);
        await Eventually.True(async () => (await api.Get($"/api/stores/{store}/products")).Items.Count() == 5);
        List<string> skus = [];
        string? cursor = null;
        do
        {
            var page = (await api.Get($"/api/stores/{store}/products?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Must(200);
            skus.AddRange(page.Items.Select(product => product.GetProperty("sku").GetString()!));
            cursor = page.Body.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        Assert.Equal(["T-4", "T-3", "T-2", "T-1", "T-0"], skus);
    }

    [Theory]
    [InlineData("POST", "/api/stores", "{\"name\":\"A\"}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores", "{\"name\":\" \",\"location\":\"B\"}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores", "{\"name\":\"A\",\"location\":\"B\",\"participating\":true}", 400, "invalid-request")]
    [InlineData("GET", "/api/stores?participating=maybe", null, 400, "invalid-request")]
    [InlineData("GET", "/api/stores?limit=201", null, 400, "invalid-request")]
    [InlineData("GET", "/api/stores/nowhere", null, 404, "store-unknown")]
    [InlineData("GET", "/api/stores/no.id", null, 404, "store-unknown")]
    [InlineData("PUT", "/api/stores/nowhere/name", "{\"name\":\"A\"}", 404, "store-unknown")]
    [InlineData("PUT", "/api/stores/nowhere/name", "{}", 400, "invalid-request")]
    [InlineData("PUT", "/api/stores/nowhere/participation", "{\"participating\":true}", 404, "store-unknown")]
    [InlineData("PUT", "/api/stores/nowhere/participation", "{\"participating\":\"true\"}", 400, "invalid-request")]
    [InlineData("GET", "/api/stores/nowhere/products", null, 404, "store-unknown")]
    [InlineData("GET", "/api/stores/a||b/products", null, 404, "store-unknown")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"description\":\"\",\"sku\":\"S\",\"price\":1}", 404, "store-unknown")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"description\":\"\",\"sku\":\"S\",\"price\":0}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"description\":\"\",\"sku\":\"S\",\"price\":-1}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"description\":\"\",\"sku\":\"S\",\"price\":1.001}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"description\":\"\",\"sku\":\"S\",\"price\":1000000.01}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"description\":\"\",\"sku\":\"S\",\"price\":1e99}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"description\":\"\",\"sku\":\"\",\"price\":1}", 400, "invalid-request")]
    [InlineData("POST", "/api/stores/nowhere/products", "{\"name\":\"A\",\"sku\":\"S\",\"price\":1}", 400, "invalid-request")]
    [InlineData("GET", "/api/products/nothing", null, 404, "product-unknown")]
    [InlineData("DELETE", "/api/products/nothing", null, 404, "product-unknown")]
    [InlineData("DELETE", "/api/products/..%2Fx", null, 404, "product-unknown")]
    [InlineData("PUT", "/api/products/nothing", "{\"name\":\"A\",\"description\":\"\"}", 404, "product-unknown")]
    [InlineData("PUT", "/api/products/nothing", "{\"name\":\"A\"}", 400, "invalid-request")]
    [InlineData("PUT", "/api/products/nothing/price", "{\"price\":1}", 404, "product-unknown")]
    [InlineData("PUT", "/api/products/nothing/price", "{\"price\":\"1\"}", 400, "invalid-request")]
    [InlineData("PUT", "/api/products/nothing/price", "null", 400, "invalid-request")]
    public async Task Bad_input_is_a_problem_document(string method, string path, string? body, int status, string code) =>
        (await api.Send(new HttpMethod(method), path, body)).MustBe(status, code);

    [Fact]
    public async Task Texts_keep_to_their_lengths()
    {
        var store = await OpenStore();
        Task<Reply> Add(int name, int description, int sku) =>
            api.Post($"/api/stores/{store}/products", new { name = new string('n', name), description = new string('d', description), sku = new string('s', sku), price = 1 });
        (await Add(200, 2_000, 64)).Must(201);
        (await Add(201, 2_000, 63)).MustBe(400, "invalid-request");
        (await Add(200, 2_001, 63)).MustBe(400, "invalid-request");
        (await Add(200, 2_000, 65)).MustBe(400, "invalid-request");
    }

    [Fact]
    public async Task If_Match_on_a_product_that_is_not_there_yet_reserves_nothing()
    {
        var store = await OpenStore();
        (await api.Send(HttpMethod.Post, $"/api/stores/{store}/products", Tea(), ifMatch: "\"3\"")).MustBe(412, "version-mismatch");
        (await api.Post($"/api/stores/{store}/products", Tea(name: "Another"))).Must(201);
    }

    async Task<string> OpenStore() => (await api.Post("/api/stores", new { name = "Teahouse", location = "Level 1" })).Must(201).Text("storeId");

    static object Tea(string name = "Tea", string sku = "T-1") => new { name, description = "Green", sku, price = 8.90m };
}
