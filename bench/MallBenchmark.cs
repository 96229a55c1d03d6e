using System.Diagnostics;
using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Bench;

/// <summary>
/// The whole mall as a child process, driven over its public APIs: start, memory, checkout to approved, approved orders per second, CPU per order.
/// Latency is read from the order's own history (placedAt to order-approved), so that nobody polls while it is measured.
/// </summary>
static class MallBenchmark
{
    const int Offset = 20_000;

    public static async Task Run(string engine)
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-bench-");
        var figures = new Figures($"The mall on {engine}");
        var clock = Stopwatch.StartNew();
        using var mall = Start(engine, folder.FullName);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Apps.Ports[Apps.Gateway] + Offset}") };
        try
        {
            while (!await Ready(http)) await Task.Delay(5);
            figures.Add("start to ready", $"{clock.Elapsed.TotalSeconds:F2} s");
            mall.Refresh();
            figures.Add("resident memory when ready", $"{mall.WorkingSet64 / 1e6:F0} MB");

            var shop = await Shop.Open(http);
            await shop.Orders(8, 600); // Warm: the runtime compiles what is hot once more after some calls.
            foreach (var (clients, orders) in new[] { (1, 200), (8, 600), (32, 1_200) })
            {
                mall.Refresh();
                var cpu = mall.TotalProcessorTime;
                var run = await shop.Orders(clients, orders);
                mall.Refresh();
                var perOrder = (mall.TotalProcessorTime - cpu).TotalMilliseconds / orders;
                figures.Add(
                    $"{clients} client{(clients == 1 ? "" : "s")}, {orders} orders",
                    $"{run.PerSecond:F0} approved/s, checkout to approved p50 {run.P50:F0} ms, p95 {run.P95:F0} ms, {perOrder:F1} ms CPU per order up to ready");
            }

            mall.Refresh();
            figures.Add("resident memory after all that", $"{mall.WorkingSet64 / 1e6:F0} MB");
            figures.Print();
        }
        finally
        {
            mall.Kill();
            await mall.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    static Process Start(string engine, string folder)
    {
        List<string> arguments = [Path.Combine(AppContext.BaseDirectory, "MallBots.Local.dll"), "--port-offset", $"{Offset}"];
        arguments.AddRange(engine == "memory" ? ["--memory"] : ["--data", folder]);
        if (engine.StartsWith("redis", StringComparison.Ordinal)) arguments.AddRange(["--components", "components/redis"]);
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        start.Environment["Depot__BotSpeed"] = "100000"; // Robots that fly: their way is no work of ours.
        start.Environment["Depot__Bots"] = "32";
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        return process;
    }

    static async Task<bool> Ready(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/health");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    sealed class Shop(HttpClient http, string customer, List<string> products)
    {
        public static async Task<Shop> Open(HttpClient http)
        {
            var store = await Post(http, "/api/stores", new { name = "Tea House", location = "Level 1, A-12" }, "storeId");
            (await http.PutAsJsonAsync($"/api/stores/{store}/participation", new { participating = true })).EnsureSuccessStatusCode();
            List<string> products = [];
            for (var i = 0; i < 10; i++)
                products.Add(await Post(http, $"/api/stores/{store}/products", new { name = $"Tea {i}", description = "", sku = $"T-{i}", price = 2m + i }, "productId"));
            return new Shop(http, await Post(http, "/api/customers", new { name = "Ann", smsNumber = "+491701234567" }, "customerId"), products);
        }

        /// <summary>Clients that shop one order after another, without waiting for approval; measured until the last is approved and all are ready.</summary>
        public async Task<(double PerSecond, double P50, double P95)> Orders(int clients, int orders)
        {
            var ids = new System.Collections.Concurrent.ConcurrentBag<string>();
            await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
            {
                for (var number = client; number < orders; number += clients) ids.Add(await Order(number));
            }));

            List<(DateTimeOffset Placed, DateTimeOffset Approved)> times = [];
            foreach (var id in ids)
            {
                while (true)
                {
                    using var answer = await http.GetAsync($"/api/orders/{id}");
                    if (answer.IsSuccessStatusCode)
                    {
                        var order = await answer.Content.ReadFromJsonAsync<JsonElement>();
                        if (order.GetProperty("status").GetString() == "ready")
                        {
                            var approved = order.GetProperty("history").EnumerateArray().Single(entry => entry.GetProperty("event").GetString() == "order-approved");
                            times.Add((order.GetProperty("placedAt").GetDateTimeOffset(), approved.GetProperty("at").GetDateTimeOffset()));
                            break;
                        }
                    }

                    await Task.Delay(20);
                }
            }

            var span = (times.Max(time => time.Approved) - times.Min(time => time.Placed)).TotalSeconds;
            var latencies = times.Select(time => (time.Approved - time.Placed).TotalMilliseconds).ToList();
            return (orders / span, Figures.Percentile(latencies, 0.5), Figures.Percentile(latencies, 0.95));
        }

        async Task<string> Order(int number)
        {
            var payment = await Post(http, "/api/payments", new { customerId = customer, amount = 100m }, "paymentId");
            var basket = await Post(http, "/api/baskets", new { customerId = customer }, "basketId");
            await Post(http, $"/api/baskets/{basket}/items", new { productId = products[number % products.Count], quantity = 2 }, "basketId");
            return await Post(http, $"/api/baskets/{basket}/checkout", new { paymentId = payment }, "orderId");
        }

        static async Task<string> Post(HttpClient http, string path, object body, string field)
        {
            for (var attempt = 0; ; attempt++)
            {
                using var answer = await http.PostAsJsonAsync(path, body);
                if ((int)answer.StatusCode == 503 && attempt < 20)
                {
                    await Task.Delay(100);
                    continue;
                }

                answer.EnsureSuccessStatusCode();
                return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty(field).GetString()!;
            }
        }
    }
}
