using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MallBots.Baskets.Domain;
using MallBots.Customers.Domain;
using MallBots.Depot.Domain;
using MallBots.Notifications.Domain;
using MallBots.Ordering.Domain;
using MallBots.OrderWorkflow.Domain;
using MallBots.Payments.Domain;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.Stores.Domain;
using Xunit;

namespace MallBots.Domain.Tests.Stored;

/// <summary>
/// Documents as an earlier version wrote them (<c>documents.json</c>, out of the store of a mall that told the demo; times with an offset) open: their
/// events lead to the state that they keep, and what is written from now on has times with Z.
/// </summary>
public sealed partial class StoredDocumentTests
{
    static readonly IReadOnlyDictionary<string, JsonElement> Stored = Read();

    static readonly Dictionary<string, Action<JsonElement>> Kinds = new()
    {
        ["basket"] = Opens<Basket>,
        ["bot"] = Opens<Bot>,
        ["customer"] = Opens<Customer>,
        ["notification"] = Opens<Notification>,
        ["order"] = Opens<Order>,
        ["payment"] = Opens<Payment>,
        ["process"] = Opens<OrderProcess>,
        ["product"] = Opens<Product>,
        ["shopping-list"] = Opens<ShoppingList>,
        ["store"] = Opens<Store>,
    };

    public static TheoryData<string> All => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void A_document_of_an_earlier_version_opens(string kind) => Kinds[kind](Stored[kind]);

    static void Opens<T>(JsonElement stored) where T : class, IAggregate<T>
    {
        Assert.Contains("+00:00\"", stored.GetRawText(), StringComparison.Ordinal);
        var document = stored.Deserialize<Document<T>>(KitJson.Options)!;
        Assert.Equal(stored.GetProperty("version").GetInt64(), document.Version);
        Assert.Equal(stored.GetProperty("events")[0].GetProperty("at").GetDateTimeOffset(), document.Events[0].At);
        var rebuilt = EventLog<T>.Steps(document.Base, document.Events).Last().After;
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(document.State, KitJson.Options), JsonSerializer.SerializeToElement(rebuilt, KitJson.Options)));

        var state = JsonNode.Parse(KitJson.Write(document.State))!;
        Assert.True(Keeps(JsonNode.Parse(Offset().Replace(stored.GetProperty("state").GetRawText(), "$1Z")), state), state.ToJsonString());
        Assert.DoesNotContain("+00:00", Encoding.UTF8.GetString(KitJson.Write(document.State)), StringComparison.Ordinal);
        Assert.DoesNotContain("+00:00", JsonSerializer.Serialize(document.State!.ToPublic("USD"), KitJson.Options), StringComparison.Ordinal);
    }

    /// <summary>Everything that was stored is there, as it was; members that came since may stand beside it.</summary>
    static bool Keeps(JsonNode? stored, JsonNode? now) => (stored, now) switch
    {
        (JsonObject before, JsonObject after) => before.All(member => after.ContainsKey(member.Key) && Keeps(member.Value, after[member.Key])),
        (JsonArray before, JsonArray after) => before.Count == after.Count && before.Zip(after).All(pair => Keeps(pair.First, pair.Second)),
        _ => JsonNode.DeepEquals(stored, now),
    };

    static Dictionary<string, JsonElement> Read([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "documents.json"))).RootElement.EnumerateObject()
        .ToDictionary(document => document.Name.Split('.')[0], document => document.Value);

    [GeneratedRegex(@"(""\d{4}-\d\d-\d\dT[0-9:.]+)\+00:00(?="")")]
    private static partial Regex Offset();
}
