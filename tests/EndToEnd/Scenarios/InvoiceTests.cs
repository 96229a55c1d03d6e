using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Scenario 13: an invoice is paid once, however many pay it at the same time.</summary>
public class InvoiceTests(RunningMall running)
{
    [Fact]
    public async Task Simultaneous_payments_of_an_invoice_make_one_capture()
    {
        var mall = running.Gateway;
        var customer = await mall.Customer();
        var payment = await mall.Payment(customer, 80m);
        var order = await mall.Checkout(await mall.Basket(customer, (await mall.Product(await mall.Store(), 7.25m), 4)), payment);
        await mall.OrderIs(order, "ready");
        await mall.Until($"/api/invoices/{order}", answer => answer.Code == 200);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => mall.Post($"/api/invoices/{order}/pay")));
        Assert.All(answers, answer => Assert.Equal("paid", answer.Expect(200).Text("status")));
        var paid = await mall.Get($"/api/payments/{payment}");
        Assert.Equal(("captured", 29m), (paid.Text("status"), paid.Number("capturedAmount")));
        await mall.OrderIs(order, "completed");
    }
}
