using System.Text.Json;
using System.Text.Json.Serialization;

namespace MallBots.ServiceKit;

/// <summary>How the kit writes and reads JSON between services and in documents: lenient to unknown fields, strict in nothing.</summary>
public static class KitJson
{
    /// <summary>camelCase, enums as camelCase strings, null fields left out.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a value as UTF-8 JSON.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads UTF-8 JSON that the kit wrote.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize<T>(json.Span, Options) ?? throw new JsonException($"Expected {typeof(T).Name}, found null.");
}
