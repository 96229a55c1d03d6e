using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Payments;

/// <summary>The rules of payments and invoices (specification 3, payments).</summary>
public sealed class PaymentTests
{
    const string Ann = "ann", Bob = "bob", Order = "order-1", Other = "order-2";
    static readonly ProviderCall Authorize = new(ProviderAction.Authorize, 50m, "p-1-authorize");
    static readonly ProviderCall Void = new(ProviderAction.Void, 50m, "p-1-void");
    static readonly PaymentRequested Requested = new("p-1", Ann, 50m, Authorize);

    static Given<Payment> Authorizing => Spec.Given<Payment>(Requested);
    static Given<Payment> Declined => Spec.Given<Payment>(Requested, new PaymentDeclined());
    static Given<Payment> Authorized => Spec.Given<Payment>(Requested, new PaymentAuthorized());
    static Given<Payment> BeingGivenBack => Spec.Given<Payment>(Requested, new PaymentAuthorized(), new VoidAnnounced(Void));
    static Given<Payment> Released => Spec.Given<Payment>(Requested, new PaymentAuthorized(), new VoidAnnounced(Void), new PaymentReleased());
    static Given<Payment> Confirmed => Spec.Given<Payment>(Requested, new PaymentAuthorized(), new PaymentConfirmed(Order));
    static Given<Payment> Billed => After();
    static Given<Payment> Paying => After(new CaptureAnnounced(Capture(1)));
    static Given<Payment> DeclinedOnce => After(new CaptureAnnounced(Capture(1)), new CaptureDeclined());
    static Given<Payment> Paid => After(new CaptureAnnounced(Capture(1)), new PaymentCaptured(40m), new InvoicePaid(40m));
    static Given<Payment> GivenUp => After(new InvoiceCanceled(), new VoidAnnounced(Void), new PaymentReleased());

    static Given<Payment> After(params DomainEvent[] more) =>
        Spec.Given<Payment>([Requested, new PaymentAuthorized(), new PaymentConfirmed(Order), new InvoiceCreated(Order, 40m), .. more]);

    static ProviderCall Capture(int number) => new(ProviderAction.Capture, 40m, $"p-1-capture-{number}");

    static PaymentResource Public(Payment payment) => (PaymentResource)payment.ToPublic("USD");

    [Fact]
    public void A_payment_announces_its_authorisation_first() =>
        Spec.Given<Payment>().WhenNew(_ => Payment.Request("p-1", Ann, 50m)).Then(Requested).ThenState(payment =>
        {
            Assert.Equal(Authorize, payment.Announced);
            Assert.Equal(new PaymentResource("p-1", Ann, 50m, "USD", PaymentStatus.Authorizing), Public(payment));
        });

    [Fact]
    public void An_accepted_authorisation_holds_the_amount() =>
        Authorizing.When(payment => payment.Settle(Authorize.Key, accepted: true)).Then(new PaymentAuthorized()).ThenState(payment =>
        {
            Assert.Null(payment.Announced);
            Assert.Equal(PaymentStatus.Authorized, payment.Status);
            Assert.Equal([Payment.Held], payment.Sets);
        });

    [Fact]
    public void A_declined_authorisation_ends_the_payment() =>
        Authorizing.When(payment => payment.Settle(Authorize.Key, accepted: false)).Then(new PaymentDeclined())
            .ThenState(payment => Assert.Equal((PaymentStatus.Declined, null), (payment.Status, payment.Announced)));

    [Fact]
    public void A_call_is_settled_once()
    {
        Authorized.When(payment => payment.Settle(Authorize.Key, accepted: false)).ThenNothing();
        BeingGivenBack.When(payment => payment.Settle(Authorize.Key, accepted: true)).ThenNothing();
    }

    [Fact]
    public void A_payment_is_bound_to_the_order_that_confirms_it() =>
        Authorized.When(payment => payment.Confirm(Order, Ann, 50m)).Then(new PaymentConfirmed(Order)).ThenState(payment =>
        {
            Assert.Equal((PaymentStatus.Confirmed, Order), (payment.Status, payment.OrderId));
            Assert.Empty(payment.Sets);
        });

    [Fact]
    public void The_same_order_confirms_again_without_a_change()
    {
        Confirmed.When(payment => payment.Confirm(Order, Ann, 50m)).ThenNothing();
        Paid.When(payment => payment.Confirm(Order, Ann, 50m)).ThenNothing();
    }

    [Fact]
    public void Another_customer_can_not_confirm() => Authorized.When(payment => payment.Confirm(Order, Bob, 50m)).ThenRefused(PaymentRefusals.OfAnotherCustomer);

    [Fact]
    public void A_declined_payment_can_not_be_confirmed() => Declined.When(payment => payment.Confirm(Order, Ann, 50m)).ThenRefused(PaymentRefusals.Declined);

    [Fact]
    public void A_payment_that_covers_less_than_the_order_can_not_be_confirmed() =>
        Authorized.When(payment => payment.Confirm(Order, Ann, 50.01m)).ThenRefused(PaymentRefusals.AmountTooLow);

    [Fact]
    public void A_payment_of_another_order_can_not_be_confirmed() => Confirmed.When(payment => payment.Confirm(Other, Ann, 50m)).ThenRefused(PaymentRefusals.AlreadyUsed);

    [Fact]
    public void A_hold_that_is_given_back_can_not_be_confirmed()
    {
        BeingGivenBack.When(payment => payment.Confirm(Order, Ann, 50m)).ThenRefused(PaymentRefusals.Released);
        Released.When(payment => payment.Confirm(Order, Ann, 50m)).ThenRefused(PaymentRefusals.Released);
    }

    [Fact]
    public void Confirming_waits_for_the_authorisation() => Authorizing.When(payment => payment.Confirm(Order, Ann, 50m)).ThenRefused(PaymentRefusals.Busy);

    [Fact]
    public void Release_gives_back_the_hold_of_this_order_or_of_none()
    {
        Authorized.When(payment => payment.ReleaseFor(Order, Ann)).Then(new VoidAnnounced(Void));
        Confirmed.When(payment => payment.ReleaseFor(Order, Ann)).Then(new VoidAnnounced(Void));
    }

    [Fact]
    public void Release_leaves_other_payments_alone()
    {
        Authorized.When(payment => payment.ReleaseFor(Order, Bob)).ThenNothing();
        Confirmed.When(payment => payment.ReleaseFor(Other, Ann)).ThenNothing();
        Declined.When(payment => payment.ReleaseFor(Order, Ann)).ThenNothing();
        Paid.When(payment => payment.ReleaseFor(Order, Ann)).ThenNothing();
    }

    [Fact]
    public void Release_again_changes_nothing()
    {
        BeingGivenBack.When(payment => payment.ReleaseFor(Order, Ann)).ThenNothing();
        Released.When(payment => payment.ReleaseFor(Order, Ann)).ThenNothing();
    }

    [Fact]
    public void Release_waits_for_the_provider()
    {
        Authorizing.When(payment => payment.ReleaseFor(Order, Ann)).ThenRefused(PaymentRefusals.Busy);
        Paying.When(payment => payment.ReleaseFor(Order, Ann)).ThenRefused(PaymentRefusals.Busy);
    }

    [Fact]
    public void Release_takes_a_pending_invoice_along() => Billed.When(payment => payment.ReleaseFor(Order, Ann)).Then(new InvoiceCanceled(), new VoidAnnounced(Void));

    [Fact]
    public void A_settled_void_releases_the_payment() =>
        BeingGivenBack.When(payment => payment.Settle(Void.Key, accepted: true)).Then(new PaymentReleased()).ThenState(payment =>
            Assert.Equal((PaymentStatus.Released, Spec.Start.AddMinutes(3)), (payment.Status, payment.ReleasedAt)));

    [Fact]
    public void A_customer_withdraws_a_hold_that_no_order_has()
    {
        Authorized.When(payment => payment.Withdraw()).Then(new VoidAnnounced(Void));
        BeingGivenBack.When(payment => payment.Withdraw()).ThenNothing();
        Released.When(payment => payment.Withdraw()).ThenNothing();
        GivenUp.When(payment => payment.Withdraw()).ThenNothing();
        Declined.When(payment => payment.Withdraw()).ThenNothing();
    }

    [Fact]
    public void A_payment_of_an_order_can_not_be_withdrawn()
    {
        Confirmed.When(payment => payment.Withdraw()).ThenRefused(PaymentRefusals.AlreadyUsed);
        Paying.When(payment => payment.Withdraw()).ThenRefused(PaymentRefusals.AlreadyUsed);
        Paid.When(payment => payment.Withdraw()).ThenRefused(PaymentRefusals.AlreadyUsed);
    }

    [Fact]
    public void A_payment_can_not_be_withdrawn_while_it_is_authorised() => Authorizing.When(payment => payment.Withdraw()).ThenRefused(PaymentRefusals.Busy);

    [Fact]
    public void A_hold_expires_when_no_order_took_it_in_time()
    {
        var heldSince = Spec.Start.AddMinutes(1);
        Authorized.When(payment => payment.Expire(heldSince)).Then(new VoidAnnounced(Void));
        Authorized.When(payment => payment.Expire(heldSince.AddTicks(-1))).ThenNothing();
        Confirmed.When(payment => payment.Expire(heldSince.AddDays(8))).ThenNothing();
        BeingGivenBack.When(payment => payment.Expire(heldSince.AddDays(8))).ThenNothing();
    }

    [Fact]
    public void An_order_that_is_ready_has_one_invoice_with_its_id()
    {
        Confirmed.When(payment => payment.BillOrder(Order, 40m)).Then(new InvoiceCreated(Order, 40m)).ThenState(payment =>
            Assert.Equal(new InvoiceResource(Order, Order, Ann, "p-1", 40m, "USD", InvoiceStatus.Pending), Public(payment).Invoice));
        Billed.When(payment => payment.BillOrder(Order, 41m)).ThenNothing();
        Paid.When(payment => payment.BillOrder(Order, 40m)).ThenNothing();
    }

    [Fact]
    public void An_invoice_is_not_above_what_is_held() => Confirmed.When(payment => payment.BillOrder(Order, 50.01m)).ThenRefused(PaymentRefusals.InvoiceAboveAuthorization);

    [Fact]
    public void An_order_is_billed_to_its_own_payment_alone()
    {
        Authorized.When(payment => payment.BillOrder(Order, 40m)).ThenRefused(PaymentRefusals.NotOfThisOrder);
        Confirmed.When(payment => payment.BillOrder(Other, 40m)).ThenRefused(PaymentRefusals.NotOfThisOrder);
        Released.When(payment => payment.BillOrder(Order, 40m)).ThenRefused(PaymentRefusals.NotOfThisOrder);
    }

    [Fact]
    public void Paying_announces_the_capture_first() =>
        Billed.When(payment => payment.PayInvoice(Order)).Then(new CaptureAnnounced(Capture(1)))
            .ThenState(payment => Assert.Equal(InvoiceStatus.Paying, payment.Invoice!.Status));

    [Fact]
    public void Paying_twice_captures_once()
    {
        Paying.When(payment => payment.PayInvoice(Order)).ThenNothing();
        Paid.When(payment => payment.PayInvoice(Order)).ThenNothing();
    }

    [Fact]
    public void An_accepted_capture_pays_the_invoice() =>
        Paying.When(payment => payment.Settle(Capture(1).Key, accepted: true)).Then(new PaymentCaptured(40m), new InvoicePaid(40m)).ThenState(payment =>
        {
            Assert.Equal((PaymentStatus.Captured, 40m), (payment.Status, payment.CapturedAmount));
            Assert.Equal(InvoiceStatus.Paid, payment.Invoice!.Status);
        });

    [Fact]
    public void After_a_declined_capture_the_invoice_is_pending_and_the_next_try_has_another_key()
    {
        Paying.When(payment => payment.Settle(Capture(1).Key, accepted: false)).Then(new CaptureDeclined())
            .ThenState(payment => Assert.Equal((InvoiceStatus.Pending, PaymentStatus.Confirmed), (payment.Invoice!.Status, payment.Status)));
        DeclinedOnce.When(payment => payment.PayInvoice(Order)).Then(new CaptureAnnounced(Capture(2)));
    }

    [Fact]
    public void An_invoice_that_was_given_up_can_not_be_paid() => GivenUp.When(payment => payment.PayInvoice(Order)).ThenRefused(PaymentRefusals.InvoiceCanceled);

    [Fact]
    public void There_is_nothing_to_pay_adjust_or_cancel_before_there_is_an_invoice()
    {
        Confirmed.When(payment => payment.PayInvoice(Order)).ThenRefused(PaymentRefusals.InvoiceUnknown);
        Confirmed.When(payment => payment.AdjustInvoice(Order, 1m)).ThenRefused(PaymentRefusals.InvoiceUnknown);
        Confirmed.When(payment => payment.CancelInvoice(Order)).ThenRefused(PaymentRefusals.InvoiceUnknown);
    }

    [Fact]
    public void A_pending_invoice_is_adjusted_up_to_what_is_held()
    {
        Billed.When(payment => payment.AdjustInvoice(Order, 50m)).Then(new InvoiceAdjusted(50m)).ThenState(payment => Assert.Equal(50m, payment.Invoice!.Amount));
        Billed.When(payment => payment.AdjustInvoice(Order, 40m)).ThenNothing();
        Billed.When(payment => payment.AdjustInvoice(Order, 50.01m)).ThenRefused(PaymentRefusals.InvoiceAboveAuthorization);
        DeclinedOnce.When(payment => payment.AdjustInvoice(Order, 39m)).Then(new InvoiceAdjusted(39m));
    }

    [Fact]
    public void An_invoice_that_is_not_pending_is_not_adjusted()
    {
        Paying.When(payment => payment.AdjustInvoice(Order, 39m)).ThenRefused(PaymentRefusals.Busy);
        Paid.When(payment => payment.AdjustInvoice(Order, 39m)).ThenRefused(PaymentRefusals.InvoicePaid);
        GivenUp.When(payment => payment.AdjustInvoice(Order, 39m)).ThenRefused(PaymentRefusals.InvoiceCanceled);
    }

    [Fact]
    public void Staff_gives_up_a_pending_invoice_and_the_hold_with_it()
    {
        Billed.When(payment => payment.CancelInvoice(Order)).Then(new InvoiceCanceled(), new VoidAnnounced(Void));
        GivenUp.When(payment => payment.CancelInvoice(Order)).ThenNothing();
        Paying.When(payment => payment.CancelInvoice(Order)).ThenRefused(PaymentRefusals.Busy);
        Paid.When(payment => payment.CancelInvoice(Order)).ThenRefused(PaymentRefusals.InvoicePaid);
    }

    /// <summary>Whatever is asked for, in whatever order, however the provider answers: it never takes more than it holds, and never the same twice.</summary>
    [Property(MaxTest = 500)]
    public Property Money_is_taken_once_at_most_and_never_more_than_was_held()
    {
        var amounts = Gen.Choose(1, 9999).Select(cents => cents / 100m);
        var command = Gen.Choose(0, 7).SelectMany(what => amounts.SelectMany(amount => Gen.Choose(0, 3).Select(dice => (what, amount, dice))));
        return Prop.ForAll(command.ListOf().ToArbitrary(), commands =>
        {
            var payment = Spec.Fold<Payment>(Requested)!;
            var (version, held, captured, captures) = (1, 0m, 0m, 0);
            foreach (var (what, amount, dice) in commands)
            {
                var order = dice % 2 == 0 ? Order : Other;
                var accepted = dice > 0 || payment.Announced?.Action == ProviderAction.Void;
                var decision = what switch
                {
                    0 => payment.Confirm(order, Ann, amount),
                    1 when dice == 3 => payment.ReleaseFor(order, Ann),
                    2 => payment.BillOrder(order, amount),
                    3 => payment.PayInvoice(order),
                    4 => payment.AdjustInvoice(order, amount),
                    5 when dice == 3 => payment.Withdraw(),
                    6 when dice == 3 => payment.CancelInvoice(order),
                    _ => payment.Announced is { } call ? payment.Settle(call.Key, accepted) : Decision.Nothing,
                };
                foreach (var happened in decision.Events)
                {
                    if (happened is PaymentAuthorized) held = payment.Amount;
                    if (happened is PaymentReleased) held = 0;
                    if (happened is PaymentCaptured taken) (captured, captures) = (captured + taken.Amount, captures + 1);
                    payment = Payment.Evolve(payment, new Happened(happened, ++version, Spec.Start));
                }

                if (captured > held || captures > 1) return false;
                if (payment.Invoice is { } invoice && (invoice.Amount > payment.Amount || invoice.Status == InvoiceStatus.Paid != (payment.CapturedAmount == invoice.Amount))) return false;
            }

            return true;
        });
    }
}
