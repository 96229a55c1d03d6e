using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MallBots.ServiceKit;

/// <summary>How the kit writes and reads JSON between services and in documents: lenient to unknown fields, strict in nothing.</summary>
public static class KitJson
{
    /// <summary>camelCase, enums as camelCase strings, null fields left out.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new UtcTime() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a value as UTF-8 JSON.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads UTF-8 JSON that the kit wrote.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize<T>(json.Span, Options) ?? throw new JsonException($"Expected {typeof(T).Name}, found null.");

    /// <summary>Times in RFC 3339, UTC, with Z (specification 2); an offset is read too, as documents of earlier versions have it.</summary>
    internal sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        /// <inheritdoc/>
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
    }

    /// <summary>For options that are to refuse JSON in which something is missing that is not nullable: a modifier of their type resolver.</summary>
    public static void RequireWhatIsNotNullable(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        foreach (var property in type.Properties) property.IsRequired = !property.IsGetNullable && Nullable.GetUnderlyingType(property.PropertyType) is null;
    }
}
