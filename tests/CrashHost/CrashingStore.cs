using System.Collections.Concurrent;
using System.Text.Json;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.State;

namespace MallBots.CrashHost;

/// <summary>
/// The state store of a service: the process ends right after something was saved. What was saved is told by its key and by what differs from what stood
/// there before, since lists and journal are saved for several operations at once, by whoever comes first.
/// </summary>
sealed class CrashingStore(string app, IStateStore inner, Lazy<Operations> operations, CrashPlan plan) : IStateStore
{
    readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> known = new();
    readonly ConcurrentDictionary<string, string> loadedFor = new(), appendedFor = new();

    public async Task<StoredValue?> Get(string key, CancellationToken cancel)
    {
        var stored = await inner.Get(key, cancel);
        if (stored is { } found) known[key] = found.Value;
        if (Arrivals.Current != Arrivals.Query && Split(key) is (var resource, { } id))
        {
            loadedFor[id] = AskedFor(id) ?? Operation.ByItself(app, resource);
            if (Carrying.Current == key) plan.Reach(plan.CauseOf(app, id), "carry-out"); // The call is made, and comes back to be settled.
        }

        return stored;
    }

    public async Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var stored = await inner.GetMany(keys, cancel);
        foreach (var (key, found) in stored) known[key] = found.Value;
        return stored;
    }

    public async Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel)
    {
        var before = etag is null ? default : known.GetValueOrDefault(key);
        if (!await inner.Save(key, value, etag, cancel)) return false;
        known[key] = value.ToArray();
        if (key.StartsWith("journal.", StringComparison.Ordinal)) JournalSaved(before, value);
        else if (key.StartsWith("list-", StringComparison.Ordinal) || key.StartsWith("set-", StringComparison.Ordinal)) ListSaved(key, before, value);
        else if (!key.StartsWith("cursor.", StringComparison.Ordinal)) DocumentSaved(key, before, value);
        return true;
    }

    public async Task<bool> Delete(string key, string etag, CancellationToken cancel)
    {
        if (!await inner.Delete(key, etag, cancel)) return false;
        known.TryRemove(key, out _);
        if (Split(key) is (var resource, { } id) && Arrivals.Current is { Length: > 0 } operation)
        {
            plan.Changed(app, id, operation);
            plan.Reach(operation, $"delete {resource}");
        }

        return true;
    }

    /// <summary>New entries are appends, made before their documents are saved; entries that are done now are marks.</summary>
    void JournalSaved(ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> after)
    {
        var earlier = Entries(before).ToDictionary(entry => entry.Entry, entry => entry.Mark);
        foreach (var entry in Entries(after))
        {
            if (!earlier.TryGetValue(entry.Entry, out var mark)) plan.Reach(appendedFor[entry.Id] = loadedFor.GetValueOrDefault(entry.Id, plan.CauseOf(app, entry.Id)), $"append {entry.Resource}");
            else if (mark != Mark.Done && entry.Mark == Mark.Done) plan.Reach(plan.CauseOf(app, entry.Id), $"mark {entry.Resource}");
        }
    }

    /// <summary>The head of a log has no entries.</summary>
    static List<JournalEntry> Entries(ReadOnlyMemory<byte> chunk) => chunk.IsEmpty ? [] : KitJson.Read<JournalChunk>(chunk).Entries ?? [];

    void ListSaved(string key, ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> after)
    {
        var moved = Members(before);
        moved.SymmetricExceptWith(Members(after));
        foreach (var id in moved) plan.Reach(plan.CauseOf(app, id), $"list {key.Split('.')[0]}");
    }

    /// <summary>The ids of a list, or of a set with their versions.</summary>
    static HashSet<string> Members(ReadOnlyMemory<byte> list)
    {
        if (list.IsEmpty) return [];
        using var json = JsonDocument.Parse(list);
        return json.RootElement.ValueKind == JsonValueKind.Array
            ? [.. json.RootElement.EnumerateArray().Select(id => id.GetString()!)]
            : [.. json.RootElement.EnumerateObject().Select(member => member.Name)];
    }

    void DocumentSaved(string key, ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> after)
    {
        var (resource, id) = Split(key);
        using var json = JsonDocument.Parse(after);
        var happened = Newest(json.RootElement);
        if (happened is not null && !before.IsEmpty && Version(before) == Version(after)) return; // A fence: nothing but the ETag changes.

        var operation = AskedFor(id ?? "") ?? operations.Value.HearerOf(happened?.Causation) ?? operations.Value.KeeperOf(resource) ?? Operation.ByItself(app, resource);
        // What has no entry leaves nothing behind that could be part of it.
        if (happened is null || appendedFor.TryRemove(id!, out _)) plan.Changed(app, id ?? resource, operation);
        plan.Reach(operation, operation == Operation.ByItself(app, resource) && happened is not null ? $"save {happened.Value.Type}" : $"save {resource}");
    }

    /// <summary>The operation that the present work belongs to; a call to the outside belongs to what announced it. Null for the service's own work.</summary>
    string? AskedFor(string id) => Arrivals.Current is { Length: > 0 } asked ? asked : Carrying.Current is not null ? plan.CauseOf(app, id) : null;

    /// <summary>The newest event of an aggregate's document; null for a document of another kind.</summary>
    static (string Type, string? Causation)? Newest(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Array && events.GetArrayLength() > 0
            ? (events[events.GetArrayLength() - 1].GetProperty("type").GetString()!,
                events[events.GetArrayLength() - 1].TryGetProperty("causation", out var causation) ? causation.GetString() : null)
            : null;

    static long Version(ReadOnlyMemory<byte> document)
    {
        using var json = JsonDocument.Parse(document);
        return json.RootElement.GetProperty("version").GetInt64();
    }

    /// <summary>The kind of thing and its id; no id for what is not kept by one.</summary>
    static (string Resource, string? Id) Split(string key) => key.Split('.', 2) is [var resource, var id] ? (resource, id) : (key, null);
}
