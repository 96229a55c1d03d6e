using System.Collections.Concurrent;
using System.Text.Json;

namespace MallBots.CrashHost;

/// <summary>
/// Ends the process at points that it meets for the first time in the life of its data folder, having noted them there. What follows a commit in the
/// background, perhaps in the next life, counts as part of what changed the entity last.
/// </summary>
sealed class CrashPlan : IDisposable
{
    readonly CrashOrder order;
    readonly Lock gate = new();
    readonly HashSet<(string, string)> met;
    readonly FileStream points;
    readonly ConcurrentDictionary<string, string> causes;

    public CrashPlan(CrashOrder order)
    {
        this.order = order;
        met = [.. CrashPoint.Read(order.PointsFile).Select(point => (point.Operation, point.Place))];
        points = new FileStream(order.PointsFile, FileMode.Append, FileAccess.Write, FileShare.Read);
        causes = File.Exists(order.CausesFile)
            ? new(JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(order.CausesFile))!)
            : [];
    }

    /// <summary>This operation changed the entity.</summary>
    public void Changed(string app, string id, string operation) => causes[$"{app} {id}"] = operation;

    /// <summary>What changed the entity last.</summary>
    public string CauseOf(string app, string id) => causes.GetValueOrDefault($"{app} {id}", $"{app} by itself");

    /// <summary>A point is reached. Does not return where the process ends.</summary>
    public void Reach(string operation, string place)
    {
        lock (gate) // Held to the end: the process dies of one point.
        {
            if (!met.Add((operation, place))) return;
            var name = $"{operation}: {place}";
            var dies = order.Only is { } only ? name.Contains(only, StringComparison.Ordinal) : met.Count % order.Every == order.First % order.Every;
            points.Write(JsonSerializer.SerializeToUtf8Bytes(new CrashPoint(operation, place, dies)));
            points.Write("\n"u8);
            points.Flush(flushToDisk: dies);
            if (!dies) return;
            File.WriteAllText(order.CausesFile, JsonSerializer.Serialize(causes.ToDictionary()));
            Environment.FailFast(name);
        }
    }

    /// <summary>True when the parent wants this request to fail, as if the service were away.</summary>
    public bool IsAway(string operation, string body) =>
        File.Exists(order.AwayFile) && File.ReadLines(order.AwayFile).Select(line => line.Split('\t')).Any(away => away[0] == operation && body.Contains(away[1], StringComparison.Ordinal));

    public void Dispose() => points.Dispose();
}
