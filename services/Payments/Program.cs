using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.Payments.Features;
using MallBots.Payments.Internal;
using MallBots.Payments.Provider;
using MallBots.Payments.Subscriptions;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Payments;

/// <summary>Holds, takes and gives back money.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Payments, service =>
    {
        service
            .Aggregate<Payment, ProviderCalls>()
            .Api(
                AuthorizePayment.Map, GetPayment.Map, ListPayments.Map, WithdrawPayment.Map,
                GetInvoice.Map, ListInvoices.Map, PayInvoice.Map, AdjustInvoice.Map, CancelInvoice.Map)
            .Internal(PaymentConfirmation.Map, PaymentRelease.Map)
            .Subscribe(OrderPayments.Map);
        service.Services
            .AddSingleton(PaymentsOptions.From(service.Configuration))
            .AddSingleton<IPaymentProvider, SimulatedProvider>()
            .AddSingleton<Invoices>()
            .AddSingleton<Settlement>()
            .AddHostedService<HoldSweep>();
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}
