using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.CrashHost;
using Xunit;

namespace MallBots.Mall.Tests.Crash;

/// <summary>
/// Calls what the tour does not: an operation that was added later, with the body that its OpenAPI document shows as an example, or what its command or
/// its event carries. What it answers does not matter, as long as it answers.
/// </summary>
/// <param name="mall">The mall.</param>
/// <param name="ids">Ids of things that there are, by the names of route parameters and fields; an order's under the empty name, for all others.</param>
sealed partial class Leftovers(CrashingMall mall, IReadOnlyDictionary<string, string> ids)
{
    public async Task Call(Operation operation)
    {
        using var inside = mall.Inside(operation.App);
        var path = Parameter().Replace(operation.Pattern, parameter => IdOf(parameter.Groups[1].Value));
        var answer = await inside.Send(new HttpMethod(operation.Method), path, await Body(operation, inside));
        Assert.True(answer.Code < 500, $"{operation.Name} answered {answer.Code}: {answer.Body}");
    }

    async Task<string?> Body(Operation operation, MallDriver inside)
    {
        if (operation.Topic is { } topic) return await Event(topic);
        if (operation.Pattern.StartsWith("/internal/", StringComparison.Ordinal)) return InternalCommand(operation);
        var document = (await inside.Get("/openapi/v1.json")).Expect(200).Body;
        return document.GetProperty("paths").TryGetProperty(operation.Pattern, out var path)
            && path.TryGetProperty(operation.Method.ToLowerInvariant(), out var call)
            && call.TryGetProperty("requestBody", out var body)
            && body.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out var example)
            ? WithKnownIds(example)
            : null;
    }

    /// <summary>The command as JSON, every text of it an id; null for a route that is no command.</summary>
    string? InternalCommand(Operation operation)
    {
        var command = typeof(IInternalCommand).Assembly.GetTypes().SingleOrDefault(type => type.GetInterfaces().Contains(typeof(IInternalCommand))
            && $"/internal/{type.GetProperty(nameof(IInternalCommand.Route), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)}" == operation.Pattern);
        if (command is null) return null;
        var fields = command.GetConstructors()[0].GetParameters().Select(parameter => KeyValuePair.Create(
            JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!),
            parameter.ParameterType == typeof(string) ? JsonValue.Create(IdOf(JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!)))
            : parameter.ParameterType.IsValueType ? JsonValue.Create(1) : (JsonNode)new JsonArray()));
        return new JsonObject(fields!).ToJsonString();
    }

    /// <summary>An event that shows an entity of its owner as it is.</summary>
    async Task<string> Event(string topic)
    {
        var (app, resource) = topic.Split('.') is [_, var owner, var name] ? (owner, name) : throw new FormatException(topic);
        using var owners = mall.Inside(app);
        var entity = (await owners.Get($"/internal/{resource}?limit=1")).Expect(200).Body.GetProperty("items")[0];
        return JsonSerializer.Serialize(new
        {
            id = $"{resource}.{entity.GetProperty("id").GetString()}.{entity.GetProperty("version").GetInt64()}",
            type = $"mallbots.{app}.{resource}-changed.v1",
            subject = entity.GetProperty("id").GetString(),
            aggregateversion = entity.GetProperty("version").GetInt64(),
            data = new { removed = entity.GetProperty("removed").GetBoolean(), value = entity.GetProperty("value") },
        });
    }

    string WithKnownIds(JsonElement example) => new JsonObject(JsonObject.Create(example)!.Select(field =>
        KeyValuePair.Create(field.Key, field.Key.EndsWith("Id", StringComparison.Ordinal) ? IdOf(field.Key) : field.Value?.DeepClone()))).ToJsonString();

    string IdOf(string name) => ids.GetValueOrDefault(name) ?? ids[""];

    [GeneratedRegex(@"\{([^}:*?]+)[^}]*\}")]
    private static partial Regex Parameter();
}
