using System.Collections.Concurrent;
using System.Text.Json;
using static MallBots.Mall.Tests.Faults.Shoppers;

namespace MallBots.Mall.Tests;

/// <summary>Customers who shop without end. Every third order has a payment that nobody knows, and must be rejected; the others must become ready.</summary>
sealed class Crowd(string customer, IReadOnlyList<string> products)
{
    const int MostNotes = 40;
    readonly ConcurrentDictionary<string, string> accepted = new();

    readonly ConcurrentQueue<string> broken = new();

    /// <summary>Who shops.</summary>
    public string Customer => customer;

    /// <summary>Orders whose checkout was answered 202, and the status that each must reach.</summary>
    public IReadOnlyDictionary<string, string> Accepted => accepted;

    /// <summary>What was not answered of late, or otherwise than an order needs it; to look at.</summary>
    public string Broken => string.Join('\n', broken);

    /// <summary>Opens a store, and brings a customer.</summary>
    public static async Task<Crowd> Enter(MallDriver mall)
    {
        var store = await Insistent(() => mall.Store());
        List<string> products = [];
        for (var i = 0; i < 5; i++) products.Add(await Insistent(() => mall.Product(store, 2m + i)));
        return new Crowd(await Insistent(() => mall.Customer()), products);
    }

    /// <summary>Shops at this gateway until it is told to stop, or the gateway is gone.</summary>
    public async Task Shop(MallDriver mall, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            try
            {
                await Order(mall, number);
            }
            catch (Exception gone) when (gone is HttpRequestException or JsonException or TimeoutException)
            {
                // Killed in the middle of a call: its outcome is not known, and nothing is promised.
                Note($"{gone.GetType().Name}: {gone.Message}");
                if (gone is HttpRequestException) return;
            }
        }
    }

    async Task Order(MallDriver mall, int number)
    {
        var good = number % 3 != 2;
        var payment = good ? await mall.Post("/api/payments", new { customerId = customer, amount = 100m }) : null;
        if (payment is not null && !Is(payment, 201)) return; // Not answered by anyone who knows: nothing is promised either.
        var basket = await mall.Post("/api/baskets", new { customerId = customer });
        if (!Is(basket, 201)) return;
        var id = basket.Text("basketId");
        if (!Is(await mall.Post($"/api/baskets/{id}/items", new { productId = products[number % products.Count], quantity = 1 + number % 3 }), 200)) return;
        var checkout = await mall.Post($"/api/baskets/{id}/checkout", new { paymentId = payment?.Text("paymentId") ?? "nobody-knows-it" });
        if (Is(checkout, 202)) accepted[id] = good ? "ready" : "rejected";
    }

    bool Is(Answer answer, int code)
    {
        if (answer.Code != code) Note($"{answer.Code}: {answer.Body}");
        return answer.Code == code;
    }

    void Note(string what)
    {
        broken.Enqueue($"{DateTime.UtcNow:T} {what}");
        if (broken.Count > MostNotes) broken.TryDequeue(out _);
    }
}
