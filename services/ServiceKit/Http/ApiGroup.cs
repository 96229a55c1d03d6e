using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MallBots.ServiceKit.Http;

/// <summary>The public API of a service. Each use case maps its own call; ids, rules, Idempotency-Key and If-Match are dealt with here for all.</summary>
public sealed class ApiGroup
{
    readonly RouteGroupBuilder routes;

    internal ApiGroup(IEndpointRouteBuilder endpoints)
    {
        routes = endpoints.MapGroup("/api");
        routes.AddEndpointFilter(CheckRequest);
    }

    /// <summary>A query.</summary>
    public ApiCall Get(string pattern, Delegate handle) => Call(routes.MapGet(pattern, handle), pattern);

    /// <summary>A command that may be repeated under its Idempotency-Key.</summary>
    public ApiCall Post(string pattern, Delegate handle) => Call(routes.MapPost(pattern, handle), pattern, takesKey: true);

    /// <summary>A command that sets something.</summary>
    public ApiCall Put(string pattern, Delegate handle) => Call(routes.MapPut(pattern, handle), pattern);

    /// <summary>A command that takes something away.</summary>
    public ApiCall Delete(string pattern, Delegate handle) => Call(routes.MapDelete(pattern, handle), pattern);

    static ApiCall Call(RouteHandlerBuilder route, string pattern, bool takesKey = false) =>
        new(route.WithTags(pattern.Split('/', StringSplitOptions.RemoveEmptyEntries)[0]), takesKey);

    /// <summary>Ids in the path that can be none are 404 without a look at the store; the body is held to the rules on its record; its hash goes to the command.</summary>
    static async ValueTask<object?> CheckRequest(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        foreach (var (name, value) in call.HttpContext.Request.RouteValues)
        {
            if (!name.EndsWith("Id", StringComparison.Ordinal) || Ids.IsValid(value as string)) continue;
            var resource = JsonNamingPolicy.KebabCaseLower.ConvertName(name[..^2]);
            return Problems.Of(new RefusalKind($"{resource}-unknown", 404, $"There is no such {resource}").Because($"{value} is no id."), call.HttpContext);
        }

        object? body = null;
        foreach (var argument in call.Arguments)
        {
            if (argument is null || !Rules.Has(argument.GetType())) continue;
            Rules.Check(argument);
            body = argument;
        }

        if (body is not null && call.Arguments.OfType<Command>().FirstOrDefault() is { Remembered: true } command)
            command.BodyHash = Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), KitJson.Options)))[..32];
        return await next(call);
    }
}

/// <summary>A call of the API, for what its OpenAPI operation says.</summary>
public sealed class ApiCall
{
    readonly RouteHandlerBuilder route;
    readonly CallDocumentation documentation = new();

    internal ApiCall(RouteHandlerBuilder route, bool takesKey = false)
    {
        this.route = route;
        documentation.TakesKey = takesKey;
        route.WithMetadata(documentation);
        route.Add(endpoint =>
        {
            // Calls that change something take a command, and with it If-Match.
            documentation.TakesCommand = endpoint.Metadata.OfType<System.Reflection.MethodInfo>().Any(
                method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Command)));
        });
    }

    /// <summary>What the call does, in one line.</summary>
    public ApiCall Summary(string text)
    {
        route.WithSummary(text);
        return this;
    }

    /// <summary>More about it: rules, what comes of it later.</summary>
    public ApiCall Describe(string text)
    {
        route.WithDescription(text);
        return this;
    }

    /// <summary>A success with a body.</summary>
    public ApiCall Answers<TBody>(int status = 200)
    {
        route.Produces<TBody>(status);
        return this;
    }

    /// <summary>A success without a body.</summary>
    public ApiCall Answers(int status)
    {
        route.Produces(status);
        return this;
    }

    /// <summary>The refusals that the call knows, besides those that every call shares.</summary>
    public ApiCall Refuses(params ReadOnlySpan<RefusalKind> kinds)
    {
        documentation.Refusals.AddRange(kinds);
        return this;
    }

    /// <summary>Names of the query parameters that it reads.</summary>
    public ApiCall Query(params ReadOnlySpan<string> names)
    {
        documentation.QueryParameters.AddRange(names);
        return this;
    }

    /// <summary>It takes an Idempotency-Key, as every POST does.</summary>
    public ApiCall TakesKey()
    {
        documentation.TakesKey = true;
        return this;
    }

    /// <summary>An example of the body, as the OpenAPI document and Swagger UI show it.</summary>
    public ApiCall Example(object body)
    {
        documentation.Example = body;
        return this;
    }
}

/// <summary>What the OpenAPI document says of a call beyond what the framework finds.</summary>
sealed class CallDocumentation
{
    public List<RefusalKind> Refusals { get; } = [];

    public List<string> QueryParameters { get; } = [];

    public object? Example { get; set; }

    public bool TakesKey { get; set; }

    public bool TakesCommand { get; set; }
}

/// <summary>Binds a <see cref="Command"/> of a request: its Idempotency-Key, If-Match and trace.</summary>
static class HttpCommand
{
    public static Command Of(HttpContext context) => Of(context, takesKey: context.Request.Method == HttpMethods.Post);

    public static Command Of(HttpContext context, bool takesKey)
    {
        var key = takesKey ? Key(context.Request.Headers) : null;
        var correlation = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
        return new Command
        {
            Id = key is null
                ? Guid.CreateVersion7().ToString()
                : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Request.Method} {context.Request.Path}\n{key}")))[..32].ToLowerInvariant(),
            Remembered = key is not null,
            IfMatch = IfMatch(context.Request.Headers),
            Correlation = correlation,
            Aborted = context.RequestAborted,
        };
    }

    static string? Key(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue("Idempotency-Key", out var values)) return null;
        var key = values.ToString();
        return key.Length is >= 1 and <= 100 ? key : throw new InvalidRequestException("Idempotency-Key", $"must have 1 to 100 characters, not {key.Length}.");
    }

    static long? IfMatch(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue("If-Match", out var values) || values.ToString() == "*") return null;
        var tag = values.ToString();
        return tag.Length > 2 && tag[0] == '"' && tag[^1] == '"' && long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new InvalidRequestException("If-Match", $"must be an ETag that a GET answered, such as \"3\", not {tag}.");
    }
}
