using Xunit;

namespace MallBots.Mall.Tests.Values;

/// <summary>Specification 2: what a query may say. Every query parameter of every operation of every service, by the OpenAPI documents.</summary>
public class QueryTests(RunningMall running)
{
    [Fact]
    public async Task A_parameter_of_a_query_is_held_to_the_rules_of_a_member_of_a_body()
    {
        using var table = new Table(running.Mall);
        foreach (var operation in await Operation.All(running.Mall))
        {
            foreach (var parameter in operation.Query)
            {
                var (refused, taken) = Values(parameter);
                if (parameter.Name == "cursor" && operation.Path != operation.PathOfNothing) refused = []; // Read when what is listed was found.
                foreach (var value in refused) await table.Queried(operation, $"{parameter.Name}={value}", parameter.Name);
                foreach (var value in taken) await table.Queried(operation, $"{parameter.Name}={value}", null);
                if (taken.Length > 0) await table.Queried(operation, $"{parameter.Name}={taken[0]}&{parameter.Name}={taken[0]}", parameter.Name);
                foreach (var bytes in new[] { "%FF", "%ED%A0%80", "a%C3" }) await table.Queried(operation, $"{parameter.Name}={bytes}", parameter.Name);
            }
        }

        table.HasNoWrongRow(300);
    }

    static (string[] Refused, string[] Taken) Values(Field parameter) => parameter switch
    {
        { Type: "integer" } => (
            ["0", "-1", "1.5", "1e400", "99999999999999999999", "1.00000000000000000000000000000001", "x", "0x10", "1,5", "%2B5", "1%C2%A05", "5.", "Infinity"],
            ["1", "7.0", "1e1", "20e-1", "%2020%20"]),
        { Type: "number" } => (
            ["-1", "-0.01", "x", "1e400", "9.505", "99.99999999999999999999999999999999", "1000000000.01", "1%2C5", ".5", "5.", "%2B1", "NaN", "79228162514264337593543950336"],
            ["0", "-0", "14.90", "14.900", "1.49e1", "1000000000"]),
        { Type: "boolean" } => (["yes", "1", "True", "%EF%BB%BFtrue"], ["true", "false"]),
        { IsText: true } => (["%00", "a%07b", "a%0Ab", "%7F", "a%C2%85b", "%E2%80%8B", "%EF%BB%BF", "%E3%85%A4", Repeated("x", 201), Repeated("%F0%9F%98%80", 201)], ["tea", "%20caf%C3%A9%20", Repeated("%F0%9F%98%80", 200)]),
        _ when parameter.Has("enum") => (
            ["x", "1", .. parameter.Schema.GetProperty("enum").EnumerateArray().Select(word => word.GetString()!.ToUpperInvariant())],
            [.. parameter.Schema.GetProperty("enum").EnumerateArray().Select(word => word.GetString()!)]),
        _ when parameter.Has("format") => (
            ["2026-01-31", "2026-01-31T12:00:00", "2026-13-01T00:00:00Z", "2026-01-31T25:00:00Z", "2026-01-31T12:00Z", "2026-01-31T12:00:00+01:00", "31.01.2026", "now", "2026-01-31 12:00:00Z", "1769860800"],
            ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.1234567Z", "2026-01-31T12:00:00%2B01:00", "2026-01-31T12:00:00-09:30"]),
        _ when parameter.Has("pattern") => (["a.b", "-a", "%C3%A4", "a%7C%7Cb", "a%00b", Repeated("a", 65)], ["nobody"]),
        { Name: "cursor" } => (["%21", "x", "%00", "%F0%9F%98%80"], []),
        _ => throw new InvalidOperationException($"The document does not say what {parameter.Name} may be."),
    };

    static string Repeated(string text, int times) => new System.Text.StringBuilder().Insert(0, text, times).ToString();
}
