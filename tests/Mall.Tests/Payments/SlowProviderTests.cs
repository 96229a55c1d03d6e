using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests.Payments;

/// <summary>A provider over HTTP that takes its time, or is dead for a while: one hold, one capture (scenario 25).</summary>
public sealed class SlowProviderTests : IAsyncLifetime
{
    readonly SlowProvider provider = new();
    LocalMall mall = null!;
    HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        await provider.Start();
        using var ordering = new StandIn(Apps.Payments, Topics.Order);
        mall = await LocalMall.StartAsync(new LocalMallOptions
        {
            Apps = [Apps.Payments],
            ComponentsFolder = ordering.Components,
            Settings = new Dictionary<string, string?>
            {
                ["Payments:Provider:BaseAddress"] = provider.Address,
                ["Payments:Provider:Timeout"] = "00:00:00.300",
                ["Payments:Provider:RetryDelay"] = "00:00:00.010",
                ["Payments:AnswerWithin"] = "00:00:00.200",
            },
        });
        client = WatchedHttp.Client(mall[Apps.Payments]);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await mall.DisposeAsync();
        await provider.DisposeAsync();
    }

    [Fact]
    public async Task A_payment_is_finished_in_the_background_with_the_same_key_and_contradicting_commands_wait()
    {
        provider.Stall();
        var created = await client.PostAsJsonAsync("/api/payments", new { customerId = "ann", amount = 50m });
        Assert.Equal(HttpStatusCode.Accepted, created.StatusCode);
        var payment = (await created.Content.ReadFromJsonAsync<PaymentResource>(KitJson.Options))!;
        Assert.Equal(PaymentStatus.Authorizing, payment.Status);
        Assert.Equal(HttpStatusCode.Conflict, (await client.DeleteAsync(created.Headers.Location)).StatusCode);
        var peers = mall.ServicesOf(Apps.Payments).GetRequiredService<Peers>();
        var confirm = new ConfirmPayment(payment.PaymentId, "order", "ann", 50m, "order", "3");
        await Assert.ThrowsAsync<UnavailableException>(() => peers.Send(confirm, default));

        provider.GoOn();
        await Eventually.True(async () => await Status(payment.PaymentId) == PaymentStatus.Authorized);
        Assert.Equal(CommandAnswer.Approved, await peers.Send(confirm, default));

        await mall.Publish(Apps.Payments, OrderEvents.Order("order", "ann", payment.PaymentId, OrderStatus.Ready, 40m), 4);
        await Eventually.True(async () => (await client.GetAsync("/api/invoices/order")).IsSuccessStatusCode);
        provider.Stall();
        Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsync("/api/invoices/order/pay", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await client.DeleteAsync("/api/invoices/order")).StatusCode);
        provider.GoOn();
        await Eventually.True(async () => await Status(payment.PaymentId) == PaymentStatus.Captured);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/api/invoices/order/pay", null)).StatusCode);

        Assert.Equal([$"{payment.PaymentId}-authorize", $"{payment.PaymentId}-capture-1"], provider.Keys.Order());
        Assert.Equal("Bearer development-only", provider.LastAuthorization);
    }

    [Fact]
    public async Task What_was_announced_before_a_restart_is_carried_out_after_it_with_the_same_key()
    {
        provider.Stall();
        var created = await client.PostAsJsonAsync("/api/payments", new { customerId = "ann", amount = 50m });
        var payment = (await created.Content.ReadFromJsonAsync<PaymentResource>(KitJson.Options))!;
        await mall.StopServiceAsync(Apps.Payments);
        provider.GoOn();
        await mall.StartServiceAsync(Apps.Payments);

        client.Dispose();
        client = WatchedHttp.Client(mall[Apps.Payments]);
        await Eventually.True(async () => await Status(payment.PaymentId) == PaymentStatus.Authorized);
        Assert.Equal([$"{payment.PaymentId}-authorize"], provider.Keys);
    }

    async Task<PaymentStatus> Status(string paymentId) =>
        (await client.GetFromJsonAsync<PaymentResource>($"/api/payments/{paymentId}", KitJson.Options))!.Status;

    /// <summary>Accepts everything, but not before it is told to.</summary>
    sealed class SlowProvider : IAsyncDisposable
    {
        readonly ConcurrentDictionary<string, int> keys = new();
        readonly WebApplication app;
        volatile TaskCompletionSource gate = new();

        public SlowProvider()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.MapPost("/payments/{id}/{action}", async (HttpContext context) =>
            {
                keys.AddOrUpdate(context.Request.Headers["Idempotency-Key"].ToString(), 1, (_, times) => times + 1);
                LastAuthorization = context.Request.Headers.Authorization.ToString();
                await gate.Task.WaitAsync(context.RequestAborted);
                return Results.Json(new { result = "accepted" });
            });
        }

        public string Address => app.Urls.Single();

        public IEnumerable<string> Keys => keys.Keys;

        public string? LastAuthorization { get; private set; }

        public Task Start() => app.StartAsync();

        public void Stall() => gate = new TaskCompletionSource();

        public void GoOn() => gate.TrySetResult();

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}

/// <summary>Holds that no order took in time.</summary>
public sealed class HoldTimeTests
{
    [Fact]
    public async Task A_hold_that_no_order_took_in_time_is_given_back()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions
        {
            Apps = [Apps.Payments],
            Settings = new Dictionary<string, string?> { ["Payments:HoldTime"] = "00:00:00.001", ["Payments:SweepEvery"] = "00:00:00.050" },
        });
        using var client = WatchedHttp.Client(mall[Apps.Payments]);
        var created = await client.PostAsJsonAsync("/api/payments", new { customerId = "ann", amount = 50m });
        await Eventually.True(async () =>
            (await client.GetFromJsonAsync<PaymentResource>(created.Headers.Location, KitJson.Options))!.Status == PaymentStatus.Released);
    }
}
