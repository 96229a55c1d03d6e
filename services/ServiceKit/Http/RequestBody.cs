using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using MallBots.ServiceKit.Domain;

namespace MallBots.ServiceKit.Http;

/// <summary>
/// Holds a body to what its request wants, member by member, before it is bound: so a fault names the member, what was sent there, and the rule, and all
/// faults are told at once. What comes out is the same body with trimmed texts and with each number in one notation (specification 2).
/// </summary>
sealed class RequestBody
{
    const int MostLevels = 64, MostFaults = 20;

    readonly Dictionary<string, List<string>> faults = [];
    readonly Utf8JsonWriter normal;
    int count;

    RequestBody(Utf8JsonWriter normal) => this.normal = normal;

    /// <summary>Checks the JSON of a request.</summary>
    /// <param name="json">What was sent.</param>
    /// <param name="request">Type of the request that it is to become.</param>
    /// <returns>The normalised JSON.</returns>
    /// <exception cref="InvalidRequestException">With every member that is wrong.</exception>
    public static ReadOnlyMemory<byte> Check(ReadOnlySpan<byte> json, JsonTypeInfo request)
    {
        if (Encoded(json) is { } wrong) throw new InvalidRequestException("body", wrong);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostLevels });
        var buffer = new ArrayBufferWriter<byte>(json.Length + 64);
        try
        {
            using var normal = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
            var body = new RequestBody(normal);
            reader.Read();
            body.Value(ref reader, new Wanted(request, Rule: null, IsNullable: false), "");
            while (reader.Read()) { } // Throws where anything follows.
            if (body.faults.Count > 0) throw new InvalidRequestException(body.faults.ToDictionary(fault => fault.Key, fault => fault.Value.ToArray()));
        }
        catch (JsonException malformed)
        {
            throw new InvalidRequestException("body", Malformed(json, malformed, reader.CurrentDepth));
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Sees to it that a request can be checked: each of its texts and numbers has a rule.</summary>
    /// <exception cref="InvalidOperationException">It can't; the message says which member.</exception>
    public static void Prepare(JsonTypeInfo request)
    {
        foreach (var member in request.Properties)
        {
            var wanted = Wanted.By(member);
            var fits = wanted.Kind switch
            {
                Kind.Text => wanted.Rule is TextRuleAttribute,
                Kind.Whole or Kind.Decimal => wanted.Rule is NumberRuleAttribute,
                Kind.Unknown => false,
                _ => wanted.Rule is null,
            };
            if (!fits) throw new InvalidOperationException($"{request.Type.FullName}: {member.Name} has no rule that fits its type.");
            if (wanted.Kind == Kind.Object) Prepare(wanted.Type);
            if (wanted.Kind == Kind.List && wanted.Items is { Kind: Kind.Object } items) Prepare(items.Type);
        }
    }

    /// <summary>The rule of a member of a request.</summary>
    public static RuleAttribute? RuleOf(JsonPropertyInfo member) =>
        (member.AssociatedParameter?.AttributeProvider ?? member.AttributeProvider)?.GetCustomAttributes(typeof(RuleAttribute), inherit: true)
        .OfType<RuleAttribute>().SingleOrDefault();

    void Value(ref Utf8JsonReader reader, Wanted wanted, string path)
    {
        if (reader.TokenType == JsonTokenType.Null && wanted.IsNullable)
        {
            normal.WriteNullValue();
            return;
        }

        switch (wanted.Kind, reader.TokenType)
        {
            case (Kind.Object, JsonTokenType.StartObject): Object(ref reader, wanted, path); break;
            case (Kind.List, JsonTokenType.StartArray): List(ref reader, wanted, path); break;
            case (Kind.Text, JsonTokenType.String): Text(ref reader, wanted, path); break;
            case (Kind.Word, JsonTokenType.String): Word(ref reader, wanted, path); break;
            case (Kind.Whole or Kind.Decimal, JsonTokenType.Number): Number(ref reader, wanted, path); break;
            case (Kind.Flag, JsonTokenType.True or JsonTokenType.False): normal.WriteBooleanValue(reader.GetBoolean()); break;
            default:
                Fault(path, $"must be {wanted.Name}, not {Describe(ref reader)}.");
                reader.Skip();
                break;
        }
    }

    void Object(ref Utf8JsonReader reader, Wanted wanted, string path)
    {
        var members = wanted.Type.Properties;
        var seen = new HashSet<string>();
        normal.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = String(ref reader);
            var member = name is null ? null : members.FirstOrDefault(member => member.Name == name);
            var at = Member(path, name ?? "\uFFFD");
            if (name is null) Fault(at, LoneSurrogate);
            else if (member is null) Fault(at, $"is no field of this request; its fields are {string.Join(", ", members.Select(each => each.Name))}.");
            else if (!seen.Add(name)) Fault(at, "stands here twice; send it once.");
            reader.Read();
            if (member is null)
            {
                reader.Skip();
                continue;
            }

            normal.WritePropertyName(member.Name);
            Value(ref reader, Wanted.By(member), at);
        }

        normal.WriteEndObject();
        foreach (var missing in members.Where(member => member.IsRequired && !seen.Contains(member.Name)))
            Fault(Member(path, missing.Name), $"is required: {Wanted.By(missing).Name}.");
    }

    void List(ref Utf8JsonReader reader, Wanted wanted, string path)
    {
        normal.WriteStartArray();
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            Value(ref reader, wanted.Items!, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"));
        normal.WriteEndArray();
    }

    void Text(ref Utf8JsonReader reader, Wanted wanted, string path)
    {
        var text = String(ref reader)?.Trim();
        if ((text is null ? LoneSurrogate : ((TextRuleAttribute?)wanted.Rule)?.Wrong(text)) is { } wrong) Fault(path, wrong);
        else normal.WriteStringValue(text);
    }

    void Word(ref Utf8JsonReader reader, Wanted wanted, string path)
    {
        var word = String(ref reader) ?? "\uFFFD";
        var words = Enum.GetValues(wanted.Type.Type).Cast<Enum>().Select(ApiText.Word).ToList();
        if (words.Contains(word)) normal.WriteStringValue(word);
        else Fault(path, WordsAttribute.OneOf(words, word));
    }

    void Number(ref Utf8JsonReader reader, Wanted wanted, string path)
    {
        if (!ExactNumber.TryRead(Encoding.UTF8.GetString(reader.ValueSpan), out var number)) throw new JsonException();
        if (((NumberRuleAttribute?)wanted.Rule)?.Wrong(number) is { } wrong) Fault(path, wrong);
        else if (wanted.Kind == Kind.Whole) normal.WriteNumberValue(number.Whole!.Value);
        else normal.WriteRawValue(number.Decimal!.Value.ToString("0.00##########################", CultureInfo.InvariantCulture));
    }

    void Fault(string path, string wrong)
    {
        if (count++ >= MostFaults) return;
        var at = path.Length == 0 ? "body" : path;
        if (!faults.TryGetValue(at, out var known)) faults[at] = known = [];
        known.Add(wrong);
    }

    const string LoneSurrogate = "must be of whole characters; there is half a surrogate pair, such as \\ud800 alone.";

    /// <summary>The text; null when it has half a surrogate pair, which is no character.</summary>
    static string? String(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException) // What the reader throws for it, and for nothing else at a string.
        {
            return null;
        }
    }

    static string Member(string path, string name)
    {
        var shown = Shown.Short(name);
        return path.Length == 0 ? shown : $"{path}.{shown}";
    }

    static string Describe(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => $"the string \"{Shown.Short(String(ref reader) ?? "\uFFFD")}\"",
        JsonTokenType.Number => $"the number {Shown.Short(Encoding.UTF8.GetString(reader.ValueSpan))}",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    /// <summary>What is wrong with the bytes; null when they can be JSON.</summary>
    static string? Encoded(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) return "is missing; send a JSON object.";
        if (json.StartsWith(Encoding.UTF8.Preamble)) return "begins with a byte order mark (EF BB BF); send the JSON without it.";
        if (Utf8.IsValid(json)) return null;
        var at = 0;
        while (Rune.DecodeFromUtf8(json[at..], out _, out var length) == OperationStatus.Done) at += length;
        return string.Create(CultureInfo.InvariantCulture, $"is no UTF-8: byte {at + 1} is {json[at]:X2}, which fits no character there.");
    }

    /// <summary>Where the JSON goes wrong, counted as an editor does: lines and characters from 1.</summary>
    static string Malformed(ReadOnlySpan<byte> json, JsonException malformed, int depth)
    {
        var at = 0;
        for (var line = malformed.LineNumber ?? 0; line > 0; line--) at += json[at..].IndexOf((byte)'\n') + 1;
        var column = (int)Math.Min(malformed.BytePositionInLine ?? 0, json.Length - at);
        var place = string.Create(CultureInfo.InvariantCulture, $"line {(malformed.LineNumber ?? 0) + 1}, column {Texts.Length(Encoding.UTF8.GetString(json.Slice(at, column))) + 1}");
        var rest = json[(at + column)..];
        if (rest.TrimStart(" \t\r\n"u8).IsEmpty) return $"is no JSON: it ends at {place}, before it is complete.";
        Rune.DecodeFromUtf8(rest, out var found, out _);
        var what = found.Value switch
        {
            '/' => "; JSON has no comments",
            '[' or '{' when depth >= MostLevels - 1 => $"; it is nested more than {MostLevels} levels deep",
            _ => "",
        };
        return $"is no JSON: {Shown.Short(found.ToString())} at {place} can't stand there{what}.";
    }

    enum Kind { Unknown, Object, List, Text, Word, Whole, Decimal, Flag }

    /// <summary>What is wanted at one place.</summary>
    sealed record Wanted(JsonTypeInfo Type, RuleAttribute? Rule, bool IsNullable)
    {
        public Kind Kind { get; } = KindOf(Type);

        public Wanted? Items => Type.ElementType is { } element ? new(Type.Options.GetTypeInfo(element), null, false) : null;

        /// <summary>In words.</summary>
        public string Name => Kind switch
        {
            Kind.Object => "a JSON object",
            Kind.List => "an array",
            Kind.Text => "a string",
            Kind.Word => $"one of {string.Join(", ", Enum.GetValues(Type.Type).Cast<Enum>().Select(ApiText.Word))}",
            Kind.Whole => "a whole number",
            Kind.Decimal => "a number",
            _ => "true or false",
        };

        public static Wanted By(JsonPropertyInfo member)
        {
            var type = Nullable.GetUnderlyingType(member.PropertyType);
            var parameter = member.AssociatedParameter;
            return new(
                member.Options.GetTypeInfo(type ?? member.PropertyType),
                RuleOf(member),
                type is not null || (parameter?.IsNullable ?? member.IsSetNullable));
        }

        static Kind KindOf(JsonTypeInfo type) => type switch
        {
            { Kind: JsonTypeInfoKind.Object } => Kind.Object,
            { Kind: JsonTypeInfoKind.Enumerable } => Kind.List,
            { Type.IsEnum: true } => Kind.Word,
            _ when type.Type == typeof(string) => Kind.Text,
            _ when type.Type == typeof(int) => Kind.Whole,
            _ when type.Type == typeof(decimal) => Kind.Decimal,
            _ when type.Type == typeof(bool) => Kind.Flag,
            _ => Kind.Unknown,
        };
    }
}
