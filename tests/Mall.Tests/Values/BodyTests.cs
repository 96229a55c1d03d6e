using System.Text;
using System.Text.Json;
using Xunit;

namespace MallBots.Mall.Tests.Values;

/// <summary>Specification 2: what a body may say. Every member of every operation of every service, by the OpenAPI documents, against every kind of bad value.</summary>
public class BodyTests(RunningMall running)
{
    /// <summary>Nobody sees any of them.</summary>
    static readonly string[] Invisible =
    [
        "\u200B", "\u200C\u200D", "\uFEFF", "\u00AD", "\u202A\u202C", "\u2066\u2069", "\u200E\u200F", "\u2060", "\u3164", "\uFFA0", "\u115F\u1160", "\u180E", "\uFE0F", "\u034F",
        "\u2800", "\U000E0020", "\U000E0100", " \u200B ", "\u200B \u200B",
    ];

    static readonly string[] Whitespace = ["", " ", "\u00A0", "\u2003\u3000", "\u2028", "\u1680", "\t\r\n"];

    [Fact]
    public async Task A_text_has_characters_that_can_be_seen_none_that_control_and_is_as_long_as_JSON_Schema_counts()
    {
        using var table = new Table(running.Mall);
        foreach (var (operation, text) in await Members(member => member.IsText))
        {
            Task Refused(string value) => table.Refused(operation, operation.With(text.Name, JsonSerializer.Serialize(value)), text.Name);
            Task Taken(string value) => table.Taken(operation, operation.With(text.Name, JsonSerializer.Serialize(value)));

            await Refused(Repeated("x", text.Most!.Value + 1));
            await Refused(Repeated("😀", text.Most.Value + 1));
            await Taken(Repeated("😀", text.Most.Value));
            await Taken("  Zoë 👩‍👩‍👧 می‌خواهم  ");
            foreach (var control in "\0\u0001\u0007\u000B\u001B\u007F\u0080\u0085\u009F") await Refused($"a{control}b");
            foreach (var line in "\n\r\t") await (text.TakesLines ? Taken($"a{line}b") : Refused($"a{line}b"));
            foreach (var invisible in Invisible) await Refused(invisible);
            foreach (var blank in Whitespace) await (text.Least > 0 ? Refused(blank) : Taken(blank));
        }

        table.HasNoWrongRow(500);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_no_text()
    {
        using var table = new Table(running.Mall);
        foreach (var (operation, text) in await Members(member => member.Type == "string"))
        {
            foreach (var half in new[] { @"\ud800", @"\udc00", @"a\ud83db", @"\udc00\ud800" }) await table.Refused(operation, operation.With(text.Name, $"\"{half}\""), text.Name);
        }

        table.HasNoWrongRow(50);
    }

    [Fact]
    public async Task An_id_a_number_of_a_telephone_and_a_word_are_held_to_their_pattern()
    {
        using var table = new Table(running.Mall);
        foreach (var (operation, text) in await Members(member => member.Type == "string" && !member.IsText))
        {
            if (text.Has("enum")) foreach (var value in new[] { "RETRY", "giveUp", "give_up" }) await table.Refused(operation, operation.With(text.Name, $"\"{value}\""), text.Name);
            foreach (var value in new[] { "", " ", "a.b", "-a", "ä", "a/b", "a\nb", "+1", "+12345678901234567", "+49١٢٣٤٥٦٧٨", new string('a', 65) })
                await table.Refused(operation, operation.With(text.Name, JsonSerializer.Serialize(value)), text.Name);
        }

        table.HasNoWrongRow(80);
    }

    [Fact]
    public async Task The_exact_number_that_was_sent_counts()
    {
        using var table = new Table(running.Mall);
        foreach (var (operation, number) in await Members(member => member.Type is "number" or "integer"))
        {
            Task Refused(string value) => table.Refused(operation, operation.With(number.Name, value), number.Name);
            Task Taken(string value) => table.Taken(operation, operation.With(number.Name, value));

            string[] never =
            [
                "0", "-0", "-0.0", "0e5", "-1", "1e400", "-1e400", "1e-400", "1E999999999999", "99999999999999999999", "79228162514264337593543950336", "1000000.01", "1000000000000",
                "99.99999999999999999999999999999999", "0.99999999999999999999999999999999", "1.0000000000000000000000000000000001", "0.001", "\"1\"", "\"14.90\"", "true", "null", "[1]", "{}",
            ];
            foreach (var value in never) await Refused(value);
            foreach (var value in new[] { "1", "1.0", "1e0", "10E-1", "0.1e+1", "1.00000000000000000000000000000000000" }) await Taken(value);
            foreach (var value in new[] { "14.900", "1.49e1", "0.01", "1000000.000" }) await (number.IsMoney ? Taken(value) : Refused(value));
            foreach (var value in new[] { "14.905", "0.009", "1e-3" }) await Refused(value);
        }

        table.HasNoWrongRow(150);
    }

    [Fact]
    public async Task A_member_that_is_missing_null_doubled_unknown_or_of_another_type_is_named_alone()
    {
        using var table = new Table(running.Mall);
        foreach (var (operation, member) in await Members(_ => true))
        {
            var example = operation.Example.ToJsonString();
            var value = operation.Example[member.Name]!.ToJsonString();
            if (member.IsRequired) await table.Refused(operation, operation.With("unknown", "1").Replace($"\"{member.Name}\":{value}", $"\"unknown\":1", StringComparison.Ordinal), [.. new[] { member.Name, "unknown" }.Order(StringComparer.Ordinal)]);
            await table.Refused(operation, operation.With(member.Name, "null"), member.Name);
            await table.Refused(operation, $"{example[..^1]},\"{member.Name}\":{value}}}", member.Name);
            await table.Refused(operation, $"{example[..^1]},\"{member.Name.ToUpperInvariant()}\":{value}}}", member.Name.ToUpperInvariant());
            foreach (var other in new[] { "[]", "{}", "[[{}]]", member.Type == "string" ? "5" : "\"x\"", member.Type == "boolean" ? "1" : "false" })
                await table.Refused(operation, operation.With(member.Name, other), member.Name);
        }

        table.HasNoWrongRow(150);
    }

    [Fact]
    public async Task What_is_no_JSON_blames_no_member()
    {
        using var table = new Table(running.Mall);
        foreach (var operation in await WithBody())
        {
            var example = operation.Example.ToJsonString();
            var member = operation.Members[0].Name;
            string[] malformed =
            [
                "", " ", "\r\n", "null", "[]", "\"x\"", "5", "{", "[", $"{{\"{member}\"", $"{{\"{member}\":", $"{{\"{member}\":}}", $"{{\"{member}\":\"x", $"{{\"{member}\":01}}", $"{{\"{member}\":+1}}",
                $"{{\"{member}\":.5}}", $"{{\"{member}\":NaN}}", $"{{\"{member}\":1e}}", $"{{\"{member}\":'x'}}", $"{{{member}:1}}", $"{{\"{member}\":\"a\nb\"}}", $"{{\"{member}\":\"\\x\"}}",
                $"{{\"{member}\":\"\\u12\"}}", example[..^1], $"{example[..^1]},}}", $"{example}x", $"{example}{example}", $"{example}\0", $"\0{example}", $"/* c */{example}", $"{example[..^1]}// c\n}}",
                $"\uFEFF{example}", $"{example[..^1]},\"deep\":{Repeated("[", 1000)}{Repeated("]", 1000)}}}", Repeated("{\"a\":", 1000),
            ];
            foreach (var text in malformed) await table.Refused(operation, text, "body");
            byte[][] noText = [[.. Encoding.UTF8.GetBytes($"{{\"{member}\":\""), 0xFF, (byte)'"', (byte)'}'], [0xC3, 0x28], Encoding.Unicode.GetBytes(example), Encoding.Latin1.GetBytes($"{{\"{member}\":\"é\"}}")];
            foreach (var bytes in noText) await table.Refused(operation, bytes, Convert.ToHexString(bytes), "body");
        }

        table.HasNoWrongRow(400);
    }

    [Fact]
    public async Task A_body_is_JSON_in_UTF_8_whatever_the_notation_of_its_charset()
    {
        using var table = new Table(running.Mall);
        string[] taken =
        [
            "application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", "application/json; charset=utf8", "application/json; charset=\"utf-8\"",
            "application/json; charset=\"UTF8\"", "APPLICATION/JSON; CHARSET=Utf-8", "application/json; version=2",
        ];
        string[] refused =
        [
            "", "application/json; charset=bogus", "application/json; charset=iso-8859-1", "application/json; charset=utf-16", "application/json; charset=\"utf-16\"", "application/json; charset=",
            "application/json; charset=utf-8; charset=bogus", "application/problem+json", "application/vnd.x+json", "text/json", "text/plain", "application/*", "*/*", "json", ";;;", "application/json, text/plain",
            "application/json, application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        ];
        foreach (var operation in await WithBody())
        {
            var body = Encoding.UTF8.GetBytes(operation.Example.ToJsonString());
            foreach (var type in taken)
            {
                var answer = await table.Send(operation, operation.PathOfNothing, body, type);
                table.Wanted(answer, operation, type, answer.Code is >= 200 and < 300 or 404 or 409, "to be taken");
            }

            foreach (var type in refused)
            {
                var answer = await table.Send(operation, operation.PathOfNothing, body, type);
                table.Wanted(
                    answer, operation, $"Content-Type: {type}",
                    answer is { Code: 415, Problem: "media-type" } && answer.Text("detail").Contains(type.Split("charset=")[^1], StringComparison.Ordinal), "415 that names it");
            }
        }

        table.HasNoWrongRow(400);
    }

    async Task<IEnumerable<Operation>> WithBody() => (await Operation.All(running.Mall)).Where(operation => operation.Members.Count > 0);

    async Task<IEnumerable<(Operation Operation, Field Member)>> Members(Func<Field, bool> wanted) =>
        from operation in await WithBody() from member in operation.Members where wanted(member) select (operation, member);

    static string Repeated(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();
}
