using MallBots.Contracts;
using MallBots.Local;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests;

/// <summary>Tests that share the mall that is driven by hand, one after the other.</summary>
[CollectionDefinition]
public sealed class DrivenByHand : ICollectionFixture<HandDrivenMall>;

/// <summary>All ten services, whose bots do only what a test does in their name, and whose internal commands a test can hold up.</summary>
public sealed class HandDrivenMall : RunningMall
{
    readonly Dictionary<string, string?> settings = new() { ["Depot:SimulateBots"] = "false" };

    internal Gates Gates { get; } = new();

    protected override LocalMallOptions Options => new()
    {
        Settings = settings,
        Configure = (_, container) => container.AddSingleton<IStartupFilter>(Gates),
        LogLevel = LogLevel.Error, // That services are away is no news.
    };

    /// <summary>Stops the workflows' service, lets something happen, and starts it again, with other settings if a test wants.</summary>
    public async Task RestartWorkflows(Func<Task>? meanwhile = null, params (string Name, string? Value)[] changed)
    {
        await Mall.StopServiceAsync(Apps.OrderWorkflow);
        foreach (var (name, value) in changed) settings[name] = value;
        if (meanwhile is not null) await meanwhile();
        await Mall.StartServiceAsync(Apps.OrderWorkflow, TestContext.Current.CancellationToken);
    }

    /// <summary>A basket of a new customer, with a payment that is enough for it.</summary>
    public async Task<Basket> Fill(params (string Product, int Quantity)[] items)
    {
        var customer = await Gateway.Customer();
        return new Basket(await Gateway.Basket(customer, items), customer, await Gateway.Payment(customer, 100m));
    }

    /// <summary>An order that is approved and waits for a bot.</summary>
    public async Task<Basket> Approved(params (string Product, int Quantity)[] items)
    {
        var basket = await Fill(items);
        await Gateway.Checkout(basket.Order, basket.Payment);
        await Gateway.OrderIs(basket.Order, "approved");
        await Gateway.ListIs(basket.Order, "available");
        return basket;
    }

    public Task<Answer> Cancel(Basket basket) => Gateway.Post($"/api/orders/{basket.Order}/cancel", new { reason = "Too late for tea" });

    /// <summary>A bot takes the order's list; its id.</summary>
    public async Task<string> Assign(Basket basket)
    {
        var bot = (await Gateway.Post("/api/bots", new { name = "Rolly" })).Expect(201).Text("botId");
        (await Gateway.Put($"/api/bots/{bot}/online", new { online = true })).Expect(200);
        (await Gateway.Post($"/api/shopping-lists/{basket.Order}/assign", new { botId = bot })).Expect(200);
        await Gateway.OrderIs(basket.Order, "inProgress");
        return bot;
    }
}

/// <summary>A basket, and what becomes of it.</summary>
/// <param name="Order">Its id, also that of the order and of its shopping list.</param>
/// <param name="Customer">Whose it is.</param>
/// <param name="Payment">What it is to be paid with.</param>
public sealed record Basket(string Order, string Customer, string Payment);
