using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Values;

/// <summary>A member of a body, or a query parameter, as the OpenAPI document says it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">What is wanted.</param>
/// <param name="IsRequired">False when it may be left out.</param>
public sealed record Field(string Name, JsonElement Schema, bool IsRequired)
{
    public string Type => Schema.GetProperty("type") is { ValueKind: JsonValueKind.String } type ? type.GetString()! : Schema.GetProperty("type")[0].GetString()!;

    public int? Least => Has("minLength") ? Schema.GetProperty("minLength").GetInt32() : null;

    public int? Most => Has("maxLength") ? Schema.GetProperty("maxLength").GetInt32() : null;

    /// <summary>True for what may have line breaks.</summary>
    public bool TakesLines => Regex.IsMatch("a\nb", Schema.GetProperty("pattern").GetString()!);

    public bool IsText => Most is not null;

    public bool IsMoney => Has("multipleOf");

    public bool Has(string rule) => Schema.TryGetProperty(rule, out _);
}

/// <summary>An operation of a service, as its OpenAPI document says it: the tables of this folder go through all of them, so no call escapes.</summary>
/// <param name="App">App-id of the service.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path with its placeholders.</param>
/// <param name="Document">The operation in the document.</param>
/// <param name="Members">Members of its body.</param>
public sealed partial record Operation(string App, string Method, string Path, JsonElement Document, IReadOnlyList<Field> Members)
{
    public IReadOnlyList<Field> Query => Document.TryGetProperty("parameters", out var parameters)
        ? [.. from parameter in parameters.EnumerateArray() where parameter.GetProperty("in").GetString() == "query" select new Field(parameter.GetProperty("name").GetString()!, parameter.GetProperty("schema"), false)]
        : [];

    /// <summary>The body that the document gives as an example.</summary>
    public JsonObject Example => JsonNode.Parse(Document.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").GetRawText())!.AsObject();

    /// <summary>True when the document says that it shows one resource with its ETag.</summary>
    public bool IsVersioned => Document.GetProperty("responses").TryGetProperty("304", out _);

    /// <summary>The path of something that does not exist.</summary>
    public string PathOfNothing => Placeholder().Replace(Path, "nobody");

    /// <summary>The example as text, with one member replaced by this JSON.</summary>
    public string With(string member, string json)
    {
        var members = Example.Where(each => each.Key != member).Select(each => $"{JsonSerializer.Serialize(each.Key)}:{each.Value?.ToJsonString() ?? "null"}");
        return $"{{{string.Join(',', members.Append($"\"{member}\":{json}"))}}}";
    }

    public override string ToString() => $"{App}: {Method} {Path}";

    /// <summary>All operations of these apps.</summary>
    public static async Task<List<Operation>> All(LocalMall mall)
    {
        List<Operation> all = [];
        foreach (var app in Apps.Ports.Keys.Where(app => app != Apps.Gateway))
        {
            using var http = WatchedHttp.Client(mall[app]);
            var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken)).RootElement;
            all.AddRange(
                from path in document.GetProperty("paths").EnumerateObject()
                from call in path.Value.EnumerateObject()
                select new Operation(app, call.Name.ToUpperInvariant(), path.Name, call.Value, MembersOf(document, call.Value)));
        }

        Assert.NotEmpty(all);
        return all;
    }

    static IReadOnlyList<Field> MembersOf(JsonElement document, JsonElement operation)
    {
        if (!operation.TryGetProperty("requestBody", out var body)) return [];
        var schema = Resolved(document, body.GetProperty("content").GetProperty("application/json").GetProperty("schema"));
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet() : [];
        return [.. schema.GetProperty("properties").EnumerateObject().Select(member => new Field(member.Name, Resolved(document, member.Value), required.Contains(member.Name)))];
    }

    static JsonElement Resolved(JsonElement document, JsonElement schema) => !schema.TryGetProperty("$ref", out var reference) ? schema
        : document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);

    [GeneratedRegex("\\{[^}]*\\}")]
    private static partial Regex Placeholder();
}

/// <summary>Sends requests to the services of a mall at their own ports, byte by byte as a table has them, and keeps what was answered otherwise than wanted.</summary>
public sealed partial class Table(LocalMall mall) : IDisposable
{
    readonly Dictionary<string, HttpClient> clients = [];
    readonly List<string> wrong = [];

    /// <summary>How many rows it had.</summary>
    public int Rows { get; private set; }

    /// <summary>Fails unless there were rows and all of them were answered as wanted.</summary>
    public void HasNoWrongRow(int least)
    {
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(40).Prepend($"{wrong.Count} of {Rows} rows:")));
        Assert.True(Rows >= least, $"There were only {Rows} rows.");
    }

    /// <summary>Sends a body; it must be refused with these fields and no other.</summary>
    public async Task Refused(Operation operation, byte[] body, string what, params string[] fields)
    {
        var answer = await Send(operation, operation.PathOfNothing, body);
        Wanted(answer, operation, what, answer.Code == 400 && answer.Problem == "invalid-request" && Fields(answer.Body).SequenceEqual(fields), $"400 that names {string.Join(", ", fields)}");
    }

    /// <inheritdoc cref="Refused(Operation, byte[], string, string[])"/>
    public Task Refused(Operation operation, string body, params string[] fields) => Refused(operation, Encoding.UTF8.GetBytes(body), body, fields);

    /// <summary>Sends a body; it must not be refused as invalid. What it names need not exist.</summary>
    public async Task Taken(Operation operation, string body)
    {
        var answer = await Send(operation, operation.PathOfNothing, Encoding.UTF8.GetBytes(body));
        Wanted(answer, operation, body, answer.Code is >= 200 and < 300 or 404 or 409, "to be taken");
    }

    /// <summary>Sends the operation with this query; it must be refused with this field, or taken when that is null.</summary>
    public async Task Queried(Operation operation, string query, string? field)
    {
        var answer = await Send(operation, $"{operation.PathOfNothing}?{query}", null);
        var right = field is null ? answer.Code is 200 or 404 : answer.Code == 400 && answer.Problem == "invalid-request" && Fields(answer.Body).SequenceEqual([field]);
        Wanted(answer, operation, query, right, field is null ? "to be taken" : $"400 that names {field}");
    }

    /// <summary>Keeps a row.</summary>
    public void Wanted(Answer answer, Operation operation, string what, bool right, string wanted)
    {
        Rows++;
        var text = answer.Body.ValueKind == JsonValueKind.Undefined ? "" : answer.Body.GetRawText();
        if (FrameworkWords().Match(text) is { Success: true } leak) (right, wanted) = (false, $"no \"{leak.Value}\"");
        if (!right) wrong.Add($"{operation} with {(what.Length > 120 ? what[..120] : what)}: wanted {wanted}, got {answer.Code} {text}");
    }

    public async Task<Answer> Send(Operation operation, string path, byte[]? body, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        if (!clients.TryGetValue(operation.App, out var http)) clients[operation.App] = http = WatchedHttp.Client(mall[operation.App]);
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType.Length > 0) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer(answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement, answer.Headers);
    }

    public void Dispose()
    {
        foreach (var http in clients.Values) http.Dispose();
    }

    static IEnumerable<string> Fields(JsonElement problem) =>
        problem.TryGetProperty("errors", out var errors) ? errors.EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal) : [];

    /// <summary>What only the framework or our own code calls something.</summary>
    [GeneratedRegex(@"System\.|MallBots\.|Int32|Int64|Nullable|JsonTypeInfo|BytePosition|LineNumber|Path: \$|\bRequest\b|could not be converted|deserializ")]
    private static partial Regex FrameworkWords();
}
