using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MallBots.ServiceKit;

namespace MallBots.Local.Demo;

/// <summary>JSON as the mall's APIs speak it: camelCase, enums as camelCase strings, null fields left out (specification 2).</summary>
internal static class MallJson
{
    /// <summary>For what is sent.</summary>
    public static readonly JsonSerializerOptions Requests = Create(JsonUnmappedMemberHandling.Skip, new DefaultJsonTypeInfoResolver());

    /// <summary>For answers: nothing that the contract promises may be missing; a field that is new is no reason to fail.</summary>
    public static readonly JsonSerializerOptions Answers = Create(JsonUnmappedMemberHandling.Skip, Demanding);

    /// <summary>For files of ours: unknown fields are errors too.</summary>
    public static readonly JsonSerializerOptions Strict = Create(JsonUnmappedMemberHandling.Disallow, Demanding);

    static DefaultJsonTypeInfoResolver Demanding => new() { Modifiers = { KitJson.RequireWhatIsNotNullable } };

    static JsonSerializerOptions Create(JsonUnmappedMemberHandling unknownFields, DefaultJsonTypeInfoResolver types) => new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = unknownFields,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        TypeInfoResolver = types,
    };
}
