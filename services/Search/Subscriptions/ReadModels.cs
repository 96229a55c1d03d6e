using MallBots.Contracts;
using MallBots.Search.Database;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Search.Subscriptions;

/// <summary>The rows follow their owners.</summary>
public static class ReadModels
{
    /// <summary>Puts them into the subscriptions.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on
        .React<OrderResource, OrderRows>(Topics.Order)
        .React<CustomerResource, CustomerRows>(Topics.Customer)
        .React<StoreResource, StoreRows>(Topics.Store)
        .React<ProductResource, ProductRows>(Topics.Product);

    sealed class OrderRows(RowWriter writer) : IReaction<OrderResource>
    {
        public Task See(Seen<OrderResource> seen, CancellationToken cancel) => writer.Write(rows => rows.Put(seen));
    }

    sealed class CustomerRows(RowWriter writer) : IReaction<CustomerResource>
    {
        public Task See(Seen<CustomerResource> seen, CancellationToken cancel) => writer.Write(rows => rows.Put(seen));
    }

    sealed class StoreRows(RowWriter writer) : IReaction<StoreResource>
    {
        public Task See(Seen<StoreResource> seen, CancellationToken cancel) => writer.Write(rows => rows.Put(seen));
    }

    sealed class ProductRows(RowWriter writer) : IReaction<ProductResource>
    {
        public Task See(Seen<ProductResource> seen, CancellationToken cancel) => writer.Write(rows => rows.Put(seen));
    }
}
