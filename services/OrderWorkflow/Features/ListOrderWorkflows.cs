using System.Globalization;
using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.OrderWorkflow.Features;

/// <summary>Lists the workflows of orders: those that need attention first, then the others, newest first.</summary>
public static class ListOrderWorkflows
{
    /// <summary>Cursors within the first part are this and a number; those of the second part never look like it.</summary>
    const string First = "attention.";

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/order-workflows", Handle)
        .Summary("Lists the workflows of orders: those that need attention first, then the others, newest first")
        .Query(Filter.Word<OrderWorkflowStatus>("status"))
        .Query("limit", "cursor")
        .Answers<Page<OrderWorkflowResource>>();

    static async Task<IResult> Handle(ListQuery query, Documents<OrderProcess> processes, CancellationToken cancel)
    {
        var status = query.Value<OrderWorkflowStatus>("status");
        var (limit, cursor) = query.Paging;
        List<OrderProcess> items = [];
        if (status is null or OrderWorkflowStatus.NeedsAttention && (cursor is null || cursor.StartsWith(First, StringComparison.Ordinal)))
        {
            var waiting = (await processes.InSet(OrderProcess.NeedAttention, cancel)).OrderBy(process => process.OrderId, StringComparer.Ordinal).ToList();
            var from = cursor is null ? 0 : int.TryParse(cursor[First.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : throw NoCursor();
            items.AddRange(waiting.Skip(from).Take(limit));
            var next = from + items.Count;
            if (next < waiting.Count || items.Count == limit && status is null) return Answer(items, First + next.ToString(CultureInfo.InvariantCulture));
            cursor = null;
        }

        if (status == OrderWorkflowStatus.NeedsAttention) return Answer(items, null);
        var rest = await processes.List(
            null, process => process.Foremost is { NeedsAttention: false } run && (status is null || run.ToPublic().Status == status),
            new Paging(limit - items.Count, cursor), cancel);
        return Answer([.. items, .. rest.Items], rest.Next);
    }

    static IResult Answer(IReadOnlyList<OrderProcess> items, string? next) =>
        Results.Json(new Page<OrderWorkflowResource>([.. items.Select(process => process.ToResource())], next), ServiceKit.KitJson.Options);

    static InvalidRequestException NoCursor() => new("cursor", "is no cursor of this list.");
}
