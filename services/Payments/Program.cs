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
            .Internal(PaymentConfirmation.Map, PaymentRelease.Map, ProviderLedger.Map)
            .Subscribe(OrderPayments.Map);
        var options = PaymentsOptions.From(service.Configuration);
        service.Services.AddSingleton(options).AddSingleton<Invoices>().AddSingleton<Settlement>().AddHostedService<HoldSweep>();
        if (options.ProviderAddress is null) service.Services.AddSingleton<IPaymentProvider, SimulatedProvider>();
        else HttpProvider.Add(service.Services, options);
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}
