using System.Text.Json.Nodes;

namespace MallBots.Sidecar.Hosting;

/// <summary>The members of the field `details` of an error document (google.rpc types as JSON).</summary>
internal static class ErrorDetails
{
    /// <summary>Reason and, rarely, values.</summary>
    public static JsonObject Info(string reason, JsonObject? metadata = null) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo",
        ["domain"] = "dapr.io",
        ["metadata"] = metadata,
        ["reason"] = reason,
    };

    /// <summary>The component that was asked.</summary>
    public static JsonObject Resource(string type, string name) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.ResourceInfo",
        ["description"] = "",
        ["owner"] = "",
        ["resource_name"] = name,
        ["resource_type"] = type,
    };

    /// <summary>The field that is wrong.</summary>
    public static JsonObject BadRequest(string field, string description) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.BadRequest",
        ["field_violations"] = new JsonArray(new JsonObject { ["field"] = field, ["description"] = description }),
    };
}
