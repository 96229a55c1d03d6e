using MallBots.Payments;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.State;
using MallBots.TestKit.Exploring;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Domain.Tests.Payments;

/// <summary>
/// An invoice is part of its payment's document and is found by a pointer that is written before it (specification 3, payments). In every interleaving of
/// replicas that see the same order, of staff, crashes and wrong answers: no invoice without its pointer, and one invoice in the end.
/// </summary>
public sealed class InvoicePointerInterleavingsTests(ITestOutputHelper output)
{
    const string Pointer = "invoice.o";
    const string Document = "payment.p";

    [Fact]
    public void An_invoice_is_never_without_its_pointer_and_there_once_in_the_end()
    {
        var explored = new Exploration
        {
            About = key => key is Pointer or Document,
            Before = Before,
            Processes = [Bills("one"), Bills("two"), Pays],
            After = After,
            Crashes = 1,
            Faults = 1,
            AtEachStep = NoInvoiceWithoutPointer,
            AtEnd = end =>
            {
                Assert.Equal("found", end.Result);
                Assert.Single(end.Read<Kept>(Document)!.Events, happened => happened.Type == nameof(InvoiceCreated));
                Assert.Equal("p", end.Read<string>(Pointer));
                Assert.Contains(end.Results["pays"], new[] { "paying", "invoice-unknown", null });
                if (end.Results["pays"] == "paying") Assert.Single(end.Read<Kept>(Document)!.Events, happened => happened.Type == nameof(CaptureAnnounced));
            },
        }.Run();
        output.WriteLine(explored.ToString());
        Assert.True(explored.Runs > 100_000, explored.ToString());
    }

    /// <summary>A payment that an order has.</summary>
    static readonly ExploredProcess Before = new("before", async world =>
    {
        var payments = Service(world, "before").Documents<Payment>();
        await payments.Put("p", CommandOf("request"), _ => Payment.Request("p", "c", 50m));
        await payments.Change("p", CommandOf("settle"), payment => payment.Settle("p-authorize", accepted: true));
        await payments.Change("p", CommandOf("confirm"), payment => payment.Confirm("o", "c", 50m));
        return "";
    });

    /// <summary>The order is seen once more, as the catch-up does; then the invoice is looked for.</summary>
    static readonly ExploredProcess After = new("after", async world =>
    {
        var invoices = Service(world, "after").Get<Invoices>();
        var billed = await invoices.Bill("p", "o", 40m, CommandOf("ready-again"));
        return billed.IsRefused || (await invoices.Get("o", CancellationToken.None)).IsRefused ? "not found" : "found";
    });

    static readonly ExploredProcess Pays = new("pays", async world =>
    {
        var paid = await Service(world, "pays").Get<Invoices>().Change("o", CommandOf("pay"), payment => payment.PayInvoice("o"));
        return paid.Refusal?.Code ?? "paying";
    });

    /// <summary>A replica that sees the order ready; both see the same event.</summary>
    static ExploredProcess Bills(string replica) => new(replica, async world =>
    {
        try
        {
            return (await Service(world, replica).Get<Invoices>().Bill("p", "o", 40m, CommandOf("ready"))).Refusal?.Code ?? "billed";
        }
        catch (UnavailableException)
        {
            return "unavailable"; // The event is delivered again.
        }
    });

    static void NoInvoiceWithoutPointer(Moment moment)
    {
        if (moment.Read<Kept>(Document)!.State.Invoice is not null) Assert.Equal("p", moment.Read<string>(Pointer));
    }

    static KitCore Service(World world, string replica) => new(world, replica, service =>
    {
        service.Aggregate<Payment>();
        service.Services.AddSingleton<Invoices>();
    });

    static Command CommandOf(string id) => new() { Id = id, Correlation = "test" };

    /// <summary>What this test reads of the payment's document.</summary>
    sealed record Kept(Payment State, IReadOnlyList<KeptEvent> Events);

    sealed record KeptEvent(string Type);
}
