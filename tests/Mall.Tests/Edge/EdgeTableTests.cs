using System.Collections.Concurrent;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Edge;

/// <summary>
/// Every call of every OpenAPI document × malformed requests × (at the service's own port, at the gateway): no defect, no outage, a problem document with
/// a code of docs/problems.md, and at the gateway what the service answers: status, code, errors, and the headers that a client acts on.
/// </summary>
public class EdgeTableTests(RunningMall running, EdgeTableTests.Calls calls) : IClassFixture<EdgeTableTests.Calls>
{
    const int AtOnce = 8;
    static readonly string[] Methods = ["GET", "PUT", "POST", "DELETE", "PATCH"];
    static readonly string[] Told = ["Allow", "Content-Type", "ETag", "Location", "Retry-After"];

    public static TheoryData<string> Names => [.. MalformedRequests.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_malformed_request_is_refused_alike_at_the_service_and_at_the_gateway(string name)
    {
        var row = MalformedRequests.Rows.Single(row => row.Name == name);
        var asked = from call in calls.All where row.On(call) from request in row.Of(call) select (call, request);
        await Each(asked, async one =>
        {
            var (direct, gateway) = await Both(one.call, one.request, row.IsOver);
            return Wrong(row, direct) ?? Wrong(row, gateway) ?? (Differ(direct, gateway) is { } other ? $"{other}: {direct} at the service, {gateway} at the gateway" : null);
        });
    }

    [Fact]
    public void The_table_has_every_service_and_no_call_of_the_API_is_a_PATCH()
    {
        Assert.Equal(Apps.Ports.Keys.Order(), calls.All.Select(call => call.App).Distinct().Order());
        Assert.DoesNotContain(calls.All, call => call.Method == "PATCH"); // The gateway has the service say what a path allows by one.
    }

    [Fact]
    public async Task HEAD_answers_wherever_there_is_GET_as_that_does_without_a_body() =>
        await Each(calls.All.Where(call => call.Method == "GET").Select(call => (call, EdgeRequest.Of(call))), async one =>
        {
            var (call, get) = one;
            var (direct, gateway) = await Both(call, get);
            var (directHead, gatewayHead) = await Both(call, get with { Method = "HEAD" });
            return Differ(direct, directHead) ?? Differ(direct, gatewayHead) ?? Differ(direct, gateway) ?? (directHead!.Body.Length + gatewayHead!.Body.Length > 0 ? "HEAD has a body" : null);
        });

    [Fact]
    public async Task OPTIONS_and_405_say_every_method_of_the_path() =>
        await Each(calls.All.DistinctBy(call => call.Path).Select(call => (call, EdgeRequest.Of(call) with { Method = "OPTIONS" })), async one =>
        {
            var (call, options) = one;
            var (direct, gateway) = await Both(call, options);
            var (directWrong, gatewayWrong) = await Both(call, options with { Method = "FOO" });
            string[] wanted = [.. call.OthersOfPath, .. call.OthersOfPath.Contains("GET") ? ["HEAD"] : Array.Empty<string>(), "OPTIONS"];
            foreach (var answer in (RawAnswer?[])[direct, gateway, directWrong, gatewayWrong])
                if (!wanted.Order().SequenceEqual((answer!.Header("Allow") ?? "").Split(", ").Order())) return $"Allow is {answer.Header("Allow")} at {answer.Status}, not {string.Join(", ", wanted)}";
            return (direct!.Status, gateway!.Status, direct.Body.Length + gateway.Body.Length) == (204, 204, 0) ? null : $"{direct} and {gateway}";
        });

    static string? Wrong(Row row, RawAnswer? answer)
    {
        if (answer is null) return "no answer";
        try
        {
            if (row.ByKestrel && answer.Body.Length == 0 && row.Expect.Contains($"{answer.Status} ")) return null;
            if (answer.Status >= 500) return $"{answer}: {answer.Body}";
            if (answer.Status >= 400) ProblemDocuments.Check(answer.Status, answer.Header("Content-Type"), answer.Body);
        }
        catch (Xunit.Sdk.XunitException wrong)
        {
            return wrong.Message;
        }

        if (row.Expect.Count > 0 && !row.Expect.Contains($"{answer.Status} {answer.Code}")) return $"{answer}: {answer.Body}";
        return row.Names is { } field && answer.Errors?.Contains($"\"{field}\"", StringComparison.Ordinal) != true ? $"{field} is not named: {answer.Body}" : null;
    }

    /// <summary>What is not the same; a trace id and the wording of the detail may differ.</summary>
    static string? Differ(RawAnswer? one, RawAnswer? other)
    {
        if (one is null || other is null) return one == other ? null : "one did not answer";
        if (one.Status != other.Status) return $"status {one.Status} and {other.Status}";
        if (one.Body.Length > 0 && other.Body.Length > 0 && (one.Code, one.Errors) != (other.Code, other.Errors)) return $"{one} and {other}";
        return Told.FirstOrDefault(name => one.Header(name) != other.Header(name)) is { } header ? $"{header} is {one.Header(header)} and {other.Header(header)}" : null;
    }

    async Task<(RawAnswer? Direct, RawAnswer? Gateway)> Both(Operation call, EdgeRequest request, bool isOver = false)
    {
        var bytes = request.ToBytes();
        var direct = await RawHttp.Send(running.Mall[call.App], bytes, isOver);
        return (direct, call.App == Apps.Gateway ? direct : await RawHttp.Send(running.Mall[Apps.Gateway], bytes, isOver));
    }

    static async Task Each(IEnumerable<(Operation Call, EdgeRequest Request)> asked, Func<(Operation call, EdgeRequest request), Task<string?>> wrong)
    {
        var found = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) =>
        {
            if (await wrong(one) is { } what) found.Add($"{one.Call} [{one.Request.Method} {Short(one.Request.Target)}]: {what}");
        });
        Assert.True(found.IsEmpty, $"{found.Count} requests:\n{string.Join('\n', found.Order(StringComparer.Ordinal).Take(20))}");

        static string Short(string target) => target.Length > 100 ? $"{target[..100]}…" : target;
    }

    /// <summary>The calls of all OpenAPI documents, read from the services that run.</summary>
    public sealed class Calls(RunningMall running) : IAsyncLifetime
    {
        internal IReadOnlyList<Operation> All { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            var documents = await Task.WhenAll(Apps.Ports.Keys.Select(async app =>
            {
                using var http = WatchedHttp.Client(running.Mall[app]);
                using var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json"));
                return (from path in document.RootElement.GetProperty("paths").EnumerateObject()
                        let methods = path.Value.EnumerateObject().Where(call => Methods.Contains(call.Name.ToUpperInvariant())).ToList()
                        from call in methods
                        select new Operation(
                            app, call.Name.ToUpperInvariant(), path.Name, call.Value.TryGetProperty("requestBody", out _), [.. methods.Select(each => each.Name.ToUpperInvariant())])).ToList();
            }));
            All = [.. documents.SelectMany(document => document)];
        }

        public ValueTask DisposeAsync() => default;
    }
}
