using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using MallBots.TestKit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Chart.Tests;

/// <summary>What holds for a chart whatever it installs. Each rule gives one line for each thing that is wrong.</summary>
static class ChartRules
{
    const string TableHead = "| Key | Type | Default | Description |";

    /// <summary>Every value is documented in the form of helm-docs: by itself, or with the map that it is in.</summary>
    public static IEnumerable<string> Undocumented(ChartValues values) =>
        from value in values.All
        where value.IsLeaf && !values.All.Any(other => other.Comment is { Length: > 0 } && value.Path.Take(other.Path.Count).SequenceEqual(other.Path))
        select $"values.yaml:{value.Line}: {value.Key} has no comment of the form `# -- ...`.";

    /// <summary>Every default says the same to every Helm: a null is a key without a value in Helm 3 and no key at all in Helm 4, and `off` is a boolean.</summary>
    public static IEnumerable<string> Ambiguous(ChartValues values) =>
        from value in values.All
        let wrong = value.Node switch
        {
            YamlScalarNode scalar when ChartValues.Json(scalar) is null => "is null, which Helm 3 and Helm 4 do not read alike: leave it out, or give it an empty text, list or map",
            YamlScalarNode { Value: { } word } scalar when DocumentRules.IsReadAsBoolean(scalar) => $"is read as a boolean: put {word} in quotes",
            _ => null,
        }
        where wrong is not null
        select $"values.yaml:{value.Line}: {value.Key} {wrong}.";

    /// <summary>Templates read what values.yaml has, and all that it has; and every named template is included somewhere.</summary>
    public static IEnumerable<string> Unread(ChartValues values, ValueReads reads) =>
    [
        .. reads.Unresolved.Select(place => $"{place}: the values that are read there can't be told."),
        .. reads.UnusedDefines.Select(name => $"The template {name} is included nowhere."),
        .. reads.Values.Where(read => read is { Path.Count: 0, Whole: true }).Select(read => $"{read.At}: reads .Values as a whole, so that nobody knows which."),
        .. reads.Values.Where(read => !Exists(values, values.Root, read.Path, 0))
            .Select(read => $"{read.At}: reads .Values.{string.Join('.', read.Path)}, which values.yaml does not have."),
        .. values.All.Where(value => value.IsLeaf && !reads.Values.Any(read => Reads(read, value)))
            .Select(value => $"values.yaml:{value.Line}: {value.Key} is read by no template."),
    ];

    /// <summary>The schema is one of draft-07, knows exactly the keys of values.yaml, and takes no other at any level.</summary>
    /// <param name="chart">The chart's folder.</param>
    /// <param name="values">Its values.</param>
    /// <param name="optional">Paths of the schema that values.yaml leaves out.</param>
    public static IEnumerable<string> SchemaAndValuesDiffer(string chart, ChartValues values, params IReadOnlyCollection<string> optional)
    {
        var text = SchemaText(chart);
        using var schema = JsonDocument.Parse(text);
        if (!schema.RootElement.TryGetProperty("$schema", out var draft) || draft.GetString()?.TrimEnd('#') != "http://json-schema.org/draft-07/schema")
            yield return "values.schema.json: $schema is not draft-07's.";
        var meta = MetaSchemas.Draft7.Evaluate(schema.RootElement, new() { OutputFormat = OutputFormat.List });
        foreach (var wrong in meta.IsValid ? [] : Errors(meta)) yield return $"values.schema.json is not valid in draft-07: {wrong}";
        foreach (var wrong in Objects(schema.RootElement, schema.RootElement, values, [], values.Root, optional)) yield return wrong;
        foreach (var value in values.All.Where(value => !value.IsLeaf).Select(value => value.Path).Prepend([]))
        {
            var changed = (JsonObject)ChartValues.Json(values.Root)!;
            ((JsonObject)value.Aggregate((JsonNode)changed, (at, key) => at[key]!)).Add("keyThatNobodyKnows", 1);
            if (!Refusals(chart, changed.Deserialize<JsonElement>()).Any())
                yield return $"values.schema.json takes an unknown key in {(value.Count == 0 ? "the values" : string.Join('.', value))}.";
        }
    }

    /// <summary>Why the schema refuses the merged values, as Helm would ask it; nothing when it takes them.</summary>
    public static IEnumerable<string> Refusals(string chart, JsonElement merged)
    {
        var result = Schema(SchemaText(chart)).Evaluate(merged, new() { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] : [.. Errors(result).DefaultIfEmpty("refused")];
    }

    /// <summary>The README has the table of all values. With MALLBOTS_UPDATE=1 it is written instead.</summary>
    public static IEnumerable<string> TableDiffers(string chart, ChartValues values)
    {
        var file = Path.Combine(Repository.PathOf(chart), "README.md");
        var lines = File.ReadAllLines(file).ToList();
        var expected = Table(values);
        var start = lines.IndexOf(TableHead);
        if (start < 0) return [$"README.md has no table of the values: put the line `{TableHead}` where it belongs, and run the tests with MALLBOTS_UPDATE=1."];
        var count = lines.Skip(start).TakeWhile(line => line.StartsWith('|')).Count();
        var actual = lines.GetRange(start, count);
        if (actual.SequenceEqual(expected)) return [];
        if (Environment.GetEnvironmentVariable("MALLBOTS_UPDATE") == "1")
        {
            lines.RemoveRange(start, count);
            lines.InsertRange(start, expected);
            File.WriteAllText(file, string.Join('\n', lines) + "\n");
            return [];
        }
        return
        [
            .. expected.Except(actual).Select(line => $"README.md lacks: {line}"),
            .. actual.Except(expected).Select(line => $"README.md has, and should not: {line}"),
            "README.md's table is written anew by MALLBOTS_UPDATE=1 dotnet test tests/Chart.Tests.",
        ];
    }

    /// <summary>The table as helm-docs writes it: in the order of the keys.</summary>
    public static IReadOnlyList<string> Table(ChartValues values) =>
    [
        TableHead,
        "|-----|------|---------|-------------|",
        .. values.All.Where(value => value.Comment is not null).OrderBy(value => value.Key, StringComparer.Ordinal)
            .Select(value => $"| {value.Key} | {TypeOf(value.Node)} | {Cell(value.DefaultText ?? $"`{Shown(value.Node)}`")} | {Cell(value.Comment!)} |"),
    ];

    static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    static string Shown(YamlNode node) => ChartValues.Json(node)?.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) ?? "nil";

    static string TypeOf(YamlNode node) => ChartValues.Json(node) switch
    {
        JsonObject => "object",
        JsonArray => "list",
        null => "string",
        var scalar => scalar.GetValueKind() switch
        {
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Number => scalar.ToJsonString().Contains('.', StringComparison.Ordinal) ? "float" : "int",
            _ => "string",
        },
    };

    static bool Exists(ChartValues values, YamlNode node, IReadOnlyList<string> path, int depth)
    {
        if (depth == path.Count || node is YamlSequenceNode) return true;
        if (node is not YamlMappingNode map) return false;
        if (values.IsFree(path.Take(depth)) || map.Children.Count == 0 && depth > 0) return true;
        var below = path[depth] == "*" ? map.Children.Values : map.Find(path[depth]) is { } found ? [found] : Enumerable.Empty<YamlNode>();
        return path[depth] == "*" && depth + 1 == path.Count || below.Any(child => Exists(values, child, path, depth + 1));
    }

    // In a list, a free map or an empty one what is below counts for the value itself.
    static bool Reads(ValueRead read, ChartValue value)
    {
        var common = Math.Min(read.Path.Count, value.Path.Count);
        if (Enumerable.Range(0, common).Any(i => read.Path[i] != "*" && read.Path[i] != value.Path[i])) return false;
        return read.Path.Count == value.Path.Count || (read.Path.Count < value.Path.Count ? read.Whole : value.Node is not YamlScalarNode);
    }

    static IEnumerable<string> Objects(
        JsonElement root, JsonElement schema, ChartValues values, IReadOnlyList<string> path, YamlNode? node, IReadOnlyCollection<string> optional)
    {
        schema = Followed(root, schema);
        var name = path.Count == 0 ? "the values" : string.Join('.', path);
        if (schema.ValueKind != JsonValueKind.Object || values.IsFree(path)) yield break;
        if (schema.TryGetProperty("items", out var items))
            foreach (var wrong in Objects(root, items, values, [.. path, "*"], null, optional)) yield return wrong;
        var isObject = schema.TryGetProperty("properties", out var properties) || HasType(schema, "object");
        if (!isObject)
        {
            if (node is YamlMappingNode) yield return $"values.schema.json: {name} is a map in values.yaml, and not in the schema.";
            yield break;
        }
        if (schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.Object)
        {
            foreach (var wrong in Objects(root, others, values, [.. path, "*"], null, optional)) yield return wrong;
            yield return $"values.schema.json: {name} takes any key and is not among the free maps.";
        }
        else if (others.ValueKind != JsonValueKind.False) yield return $"values.schema.json: {name} lacks \"additionalProperties\": false.";
        IReadOnlyList<string> known = properties.ValueKind == JsonValueKind.Object ? [.. properties.EnumerateObject().Select(property => property.Name)] : [];
        if (node is YamlMappingNode map)
        {
            foreach (var key in map.Keys().Except(known)) yield return $"values.schema.json: {name} lacks the key {key}, which is in values.yaml.";
            foreach (var key in known.Except(map.Keys()).Where(key => !optional.Contains(string.Join('.', [.. path, key]))))
                yield return $"values.yaml: {string.Join('.', [.. path, key])} is in the schema, and not in values.yaml.";
        }
        foreach (var key in known)
            foreach (var wrong in Objects(root, properties.GetProperty(key), values, [.. path, key], node?.Find(key), optional)) yield return wrong;
    }

    static bool HasType(JsonElement schema, string type) =>
        schema.TryGetProperty("type", out var types) && (types.ValueKind == JsonValueKind.Array ? types.EnumerateArray().Any(each => each.GetString() == type) : types.GetString() == type);

    static JsonElement Followed(JsonElement root, JsonElement schema)
    {
        while (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
            schema = reference.GetString()!.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(root, (at, key) => at.GetProperty(key));
        return schema;
    }

    static IEnumerable<string> Errors(EvaluationResults results) =>
        from detail in (results.Details ?? []).Prepend(results)
        from error in detail.Errors ?? new Dictionary<string, string>()
        select $"{detail.InstanceLocation}: {error.Value}";

    // A registry of its own for each: copies of one schema have the same $id.
    static JsonSchema Schema(string text) => JsonSchema.FromText(text, new BuildOptions { SchemaRegistry = new() });

    static string SchemaText(string chart) => File.ReadAllText(Path.Combine(Repository.PathOf(chart), "values.schema.json"));
}
