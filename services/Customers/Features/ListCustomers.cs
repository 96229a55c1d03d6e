using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Customers.Features;

/// <summary>Lists customers, newest first.</summary>
public static class ListCustomers
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/customers", (ListQuery query, Documents<Customer> customers, CancellationToken cancel) => customers.List(null, _ => true, query.Paging, cancel).Ok())
        .Summary("Lists customers, newest first")
        .Query("limit", "cursor")
        .Answers<Page<CustomerResource>>();
}
