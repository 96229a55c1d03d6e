using MallBots.Contracts;
using MallBots.Local;
using MallBots.Local.Audit;
using MallBots.ServiceKit.State;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Audit;

/// <summary>The auditor finds nothing in a mall that is right, and each thing that is wrong. The stores are spoilt behind the services' backs.</summary>
public sealed class AuditorTests
{
    static readonly AuditOptions Hurried = new() { Within = TimeSpan.Zero, Still = TimeSpan.Zero };

    [Fact]
    public async Task What_is_spoilt_is_found_and_a_mall_that_is_right_has_no_findings()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions { Settings = new Dictionary<string, string?> { ["Depot:BotSpeed"] = "100000" } });
        using var gateway = new MallDriver(mall[Apps.Gateway]);
        var product = await gateway.Product(await gateway.Store(), 5m);
        var customer = await gateway.Customer();
        var payment = await gateway.Payment(customer, 50m);
        var order = await gateway.Checkout(await gateway.Basket(customer, (product, 2)), payment);
        await gateway.OrderIs(order, OrderStatus.Ready);
        var clean = await Auditor.Audit(mall.Access, new AuditOptions(), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Empty(clean.Violations);
        Assert.Empty(clean.NotChecked);
        Assert.Equal((1, 1), (clean.Checked["orders"], clean.Checked["accounts of the provider"]));
        HashSet<int> spoilt = [];

        await Found(9, product, Apps.Baskets, $"stores-product.{product}", text => text.Replace("\"price\":5", "\"price\":6", StringComparison.Ordinal));
        await Found(9, product, Apps.Depot, $"stores-product.{product}", text => text.Replace("\"version\":1", "\"version\":0", StringComparison.Ordinal));
        await Found(5, payment, Apps.Payments, $"provider-account.{payment}", text => text.Replace("\"held\":50", "\"held\":0", StringComparison.Ordinal));
        await Found(4, payment, Apps.Payments, $"payment.{payment}", text => text.Replace($"\"invoiceId\":\"{order}\",\"amount\":10", $"\"invoiceId\":\"{order}\",\"amount\":9", StringComparison.Ordinal));
        await Found(2, order, Apps.Payments, $"payment.{payment}", text => text.Replace("\"status\":\"confirmed\"", "\"status\":\"released\"", StringComparison.Ordinal));
        await Found(3, order, Apps.Ordering, $"order.{order}", text => text.Replace("\"status\":\"ready\"", "\"status\":\"canceled\"", StringComparison.Ordinal));
        await Found(2, order, Apps.Depot, $"shopping-list.{order}", text => text.Replace("\"status\":\"completed\"", "\"status\":\"canceled\"", StringComparison.Ordinal));
        await Found(6, order, Apps.Depot, $"shopping-list.{order}", text => text.Replace("\"status\":\"completed\"", "\"status\":\"active\"", StringComparison.Ordinal));
        await Found(7, order, Apps.Ordering, $"order.{order}", text => text.Replace("\"total\":10", "\"total\":11", StringComparison.Ordinal));
        await Found(8, order, Apps.Ordering, $"order.{order}", text => text.Replace("\"event\":\"order-readied\"", "\"event\":\"order-completed\"", StringComparison.Ordinal));
        await Found(1, order, Apps.Baskets, $"basket.{order}", text => text.Replace("\"status\":\"checkedOut\"", "\"status\":\"open\"", StringComparison.Ordinal));
        await Found(0, order, Apps.Ordering, $"order.{order}", text => text.Replace("\"total\":10", "\"total\":12", StringComparison.Ordinal));
        await Found(10, order, Apps.OrderWorkflow, $"process.{order}", text => text.Replace("\"outcome\":\"approved\",\"attempts\"", "\"outcome\":\"givenUp\",\"attempts\"", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(0, Auditor.Rules), spoilt.Order());

        // Spoils a document, looks for the finding, and puts the document back.
        async Task Found(int rule, string id, string app, string key, Func<string, string> spoil)
        {
            var store = mall.ServicesOf(app).GetRequiredService<IStateStore>();
            var right = (await store.Get(key, CancellationToken.None))!.Value;
            var wrong = spoil(System.Text.Encoding.UTF8.GetString(right.Value.Span));
            Assert.True(await store.Save(key, System.Text.Encoding.UTF8.GetBytes(wrong), right.ETag, CancellationToken.None));
            var report = await Auditor.Audit(mall.Access, Hurried, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.True(report.Violations.Any(violation => violation.Rule == rule && violation.Ids.Contains(id)), $"Nothing by rule {rule} about {key}: {report}\n{wrong}");
            var now = (await store.Get(key, CancellationToken.None))!.Value;
            Assert.True(await store.Save(key, right.Value.ToArray(), now.ETag, CancellationToken.None));
            spoilt.Add(rule);
        }
    }

    [Fact]
    public void An_address_alone_leads_to_all_services_and_a_folder_without_a_mall_is_refused()
    {
        var access = MallAccess.At(new Uri("http://localhost:6100"), "secret");
        Assert.Equal(new Uri("http://localhost:6105"), access.Services[Apps.Ordering]);
        Assert.Contains("No mall runs", Assert.Throws<LocalMallException>(() => MallAccess.Of(Path.GetTempPath())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_token_it_says_what_it_can_not_see()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions());
        var report = await Auditor.Audit(mall.Access with { AppApiToken = null }, new AuditOptions(), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Empty(report.Violations);
        Assert.Contains(report.NotChecked, reason => reason.Contains("APP_API_TOKEN", StringComparison.Ordinal));
    }
}
