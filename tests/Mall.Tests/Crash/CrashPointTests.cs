using System.Globalization;
using MallBots.CrashHost;
using MallBots.Mall.Tests.Audit;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Crash;

/// <summary>
/// The process of the whole mall ends between receive, append, save, publish, list, carry-out, mark, acknowledge and answer, of every command, internal
/// command and event handler that the services have registered. Nothing is lost, nothing twice, every consumer saw every event.
/// </summary>
public sealed class CrashPointTests(ITestOutputHelper output)
{
    static readonly int Every = Asked("MALLBOTS_CRASH_EVERY") ?? LongForm.Rounds(150, 1);
    static readonly int First = Asked("MALLBOTS_CRASH_FIRST") ?? Random.Shared.Next(Every);
    static readonly string? Only = Environment.GetEnvironmentVariable("MALLBOTS_CRASH_ONLY");

    static readonly Dictionary<string, string?> Settings = new()
    {
        ["Depot:SimulateBots"] = "false", // The tour's bots are driven over the API.
        ["Journal:SweepEvery"] = "00:00:02",
        ["Journal:FenceAfter"] = "00:00:02",
        ["Workflow:FirstDelay"] = "00:00:00.1",
        ["Workflow:LongestDelay"] = "00:00:00.5",
        ["Workflow:AttentionAfter"] = "00:00:02",
        ["Workflow:SweepEvery"] = "00:00:02",
    };

    [Fact]
    public async Task A_process_that_ends_at_any_point_of_anything_loses_nothing_and_does_nothing_twice()
    {
        output.WriteLine($"MALLBOTS_CRASH_EVERY={Every} MALLBOTS_CRASH_FIRST={First}");
        await using var mall = CrashingMall.Start(Every, First, Only, Settings);
        var tour = new Tour(mall);
        try
        {
            await tour.Run();
            var leftovers = new Leftovers(mall, tour.Ids);
            foreach (var operation in mall.Operations.Where(operation => !IsMet(operation, mall.Points))) await leftovers.Call(operation);
            if (WithoutChange(mall).Any()) await tour.Run();
            foreach (var (order, end) in tour.Orders) await mall.Gateway.OrderIs(order, end);
            var lists = mall.Posts.Where(post => post.Key.Count(letter => letter == '/') == 2).ToList();
            foreach (var (list, posts) in lists) await mall.Gateway.Until($"{list}?limit=200", answer => Listed(answer) is not { } listed || listed >= posts); // Lives were too short to come to it.
            await InOneLife(mall, () => Audited.NothingIsWrong(mall.Access));
            foreach (var (list, posts) in lists) await OneForEachPost(mall, list, posts);

            var points = mall.Points;
            Assert.Empty(mall.Operations.Where(operation => !IsMet(operation, points)).Select(operation => operation.Name));
            Assert.Empty(WithoutChange(mall));
            Assert.NotEqual(0, mall.Crashes);
        }
        finally
        {
            Tell(mall);
            output.WriteLine(await mall.End());
        }
    }

    static int? Listed(Answer answer) => answer.Code == 200 && answer.Body.TryGetProperty("items", out var items) ? items.GetArrayLength() : null;

    /// <summary>What was repeated is there once. Not every path that is posted to is a list.</summary>
    static async Task OneForEachPost(CrashingMall mall, string list, int posts)
    {
        var answer = await mall.Gateway.Get($"{list}?limit=200");
        if (Listed(answer) is { } listed) Assert.True(posts == listed, $"{posts} POST {list}, but: {answer.Body}");
    }

    /// <summary>The auditor does not repeat what is broken off, so it begins anew when a process ended meanwhile.</summary>
    static async Task InOneLife(CrashingMall mall, Func<Task> audit)
    {
        while (true)
        {
            var crashes = mall.Crashes;
            try
            {
                await audit();
                if (mall.Crashes == crashes) return;
            }
            catch (Exception) when (mall.Crashes != crashes)
            {
                await Eventually.True(async () => (await mall.Gateway.Get("/health")).Code == 200, what: "the next life is ready");
            }
        }
    }

    static int? Asked(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>It was begun and ended.</summary>
    static bool IsMet(Operation operation, IReadOnlyList<CrashPoint> points) => new[] { "receive", "answer", "acknowledge" }.Count(
        place => points.Any(point => point.Operation == operation.Name && point.Place.StartsWith(place, StringComparison.Ordinal))) == 2;

    /// <summary>
    /// Operations that must save and were not seen to. A save is not noted where another point ends the process just then, and its repetition finds all
    /// done: so they have a second chance.
    /// </summary>
    static IEnumerable<string> WithoutChange(CrashingMall mall)
    {
        var changing = mall.Points.Where(point => point.Place.StartsWith("save ", StringComparison.Ordinal) || point.Place.StartsWith("append ", StringComparison.Ordinal));
        return mall.Operations.Where(operation => operation.Saves).Select(operation => operation.Name).Except(changing.Select(point => point.Operation));
    }

    void Tell(CrashingMall mall)
    {
        var points = mall.Points;
        foreach (var point in points.Where(point => point.Died)) output.WriteLine($"ended at {point.Operation}: {point.Place}");
        output.WriteLine($"{mall.Crashes} of {points.Count} points of {points.Select(point => point.Operation).Distinct().Count()} operations, {mall.Lives} lives");
    }
}
