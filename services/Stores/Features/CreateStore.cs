using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Opens a store.</summary>
public static class CreateStore
{
    /// <summary>The store.</summary>
    /// <param name="Name">1 to 200 characters.</param>
    /// <param name="Location">Where it is in the mall, 1 to 200 characters.</param>
    public sealed record Request([Text(1, 200)] string Name, [Text(1, 200)] string Location);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/stores", Handle)
        .Summary("Opens a store")
        .Describe("It does not take part at first: its products can be put into baskets once participation is set.")
        .Example(new Request("Harbour Coffee Roasters", "Level 0, C-04"))
        .Answers<StoreResource>(201);

    static Task<IResult> Handle(Request request, Documents<Store> stores, Command command)
    {
        var id = command.NewId();
        return stores.Put(id, command, _ => Store.Create(id, request.Name, request.Location)).Created(store => $"/api/stores/{store.StoreId}");
    }
}
