using System.Text.Json;
using System.Text.Json.Serialization;

namespace MallBots.ServiceKit.Http;

/// <summary>JSON of the public APIs: unknown fields, missing fields, nulls and numbers in quotes are refused (specification 2; <see cref="RequestBody"/> says how).</summary>
static class StrictJson
{
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.AllowDuplicateProperties = false;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = KitJson.Options.Encoder;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new KitJson.UtcTime());
    }
}
