using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MallBots.ServiceKit.Http;

/// <summary>The public API of a service. Each use case maps its own call; ids, rules, Idempotency-Key and If-Match are dealt with here for all.</summary>
public sealed class ApiGroup
{
    static readonly JsonSerializerOptions Hashed = new(KitJson.Options) { Converters = { new ShortNumber() } };

    readonly RouteGroupBuilder routes;

    internal ApiGroup(IEndpointRouteBuilder endpoints)
    {
        routes = endpoints.MapGroup("/api");
        routes.AddEndpointFilter(HashBody);
        ((IEndpointConventionBuilder)routes).Finally(CheckBefore);
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

    /// <summary>Puts before each call what holds for all: ids in the path that can be none are 404 without a look at the store, headers and body are checked.</summary>
    static void CheckBefore(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { } call) return;
        var type = endpoint.Metadata.OfType<IAcceptsMetadata>().LastOrDefault()?.RequestType;
        var request = type is null ? null : endpoint.ApplicationServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions.GetTypeInfo(type);
        if (request is not null) RequestBody.Prepare(request);
        endpoint.RequestDelegate = async context =>
        {
            if (ImpossibleId(context.Request.RouteValues) is { } unknown)
            {
                await Problems.Of(unknown, context).ExecuteAsync(context);
                return;
            }

            RequestHeaders.CheckIfNoneMatch(context.Request.Headers);
            if (request is not null) CheckBody(context, request);
            await call(context);
        };
    }

    static Refusal? ImpossibleId(RouteValueDictionary path)
    {
        foreach (var (name, value) in path)
        {
            if (!name.EndsWith("Id", StringComparison.Ordinal) || Ids.IsValid(value as string)) continue;
            var resource = JsonNamingPolicy.KebabCaseLower.ConvertName(name[..^2]);
            return new RefusalKind($"{resource}-unknown", 404, $"There is no such {resource}").Because($"{Shown.Short(value as string)} is no id.");
        }

        return null;
    }

    /// <summary>Checks the body, and leaves it normalised for the framework to bind.</summary>
    static void CheckBody(HttpContext context, JsonTypeInfo request)
    {
        var body = RequestBounds.BodyOf(context.Request);
        if (body.Length > 0 && RequestHeaders.WrongMediaType(context.Request.Headers) is { } wrong) throw new BadHttpRequestException(wrong, StatusCodes.Status415UnsupportedMediaType);
        var json = RequestBody.Check(body.Span, request);
        context.Request.Body = new MemoryStream(json.ToArray());
        context.Request.ContentLength = json.Length;
        context.Request.ContentType = "application/json";
    }

    /// <summary>The hash of the body goes to a command that may be repeated.</summary>
    static ValueTask<object?> HashBody(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var type = call.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        if (type is not null && call.Arguments.OfType<Command>().FirstOrDefault() is { Remembered: true } command
            && call.Arguments.FirstOrDefault(argument => argument?.GetType() == type) is { } body)
            (command.BodyHash, command.EarlierBodyHash) = (HashOf(body, type, Hashed), HashOf(body, type, KitJson.Options));
        return next(call);
    }

    static string HashOf(object body, Type type, JsonSerializerOptions options) =>
        Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body, type, options)))[..32];

    /// <summary>A number without the zeros behind its last place, as it was mostly sent when hashes were those of the notation that was sent.</summary>
    sealed class ShortNumber : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDecimal();

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.ToString("0.############################", CultureInfo.InvariantCulture));
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

    /// <summary>It shows one resource with its ETag, and nothing at all (304) to who knows that version (If-None-Match).</summary>
    public ApiCall Versioned()
    {
        documentation.IsVersioned = true;
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
        foreach (var name in names) documentation.QueryParameters.Add(Filter.Named(name));
        return this;
    }

    /// <summary>The query parameters that it reads, with their rules.</summary>
    public ApiCall Query(params ReadOnlySpan<Filter> filters)
    {
        documentation.QueryParameters.AddRange(filters);
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

    public List<Filter> QueryParameters { get; } = [];

    public object? Example { get; set; }

    public bool TakesKey { get; set; }

    public bool IsVersioned { get; set; }

    public bool TakesCommand { get; set; }
}

/// <summary>Binds a <see cref="Command"/> of a request: its Idempotency-Key, If-Match and trace.</summary>
static class HttpCommand
{
    public static Command Of(HttpContext context) => Of(context, takesKey: context.Request.Method == HttpMethods.Post);

    public static Command Of(HttpContext context, bool takesKey)
    {
        var key = takesKey ? RequestHeaders.IdempotencyKey(context.Request.Headers) : null;
        var correlation = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
        return new Command
        {
            Id = key is null
                ? Guid.CreateVersion7().ToString()
                : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Request.Method} {context.Request.Path}\n{key}")))[..32].ToLowerInvariant(),
            Remembered = key is not null,
            IfMatch = RequestHeaders.IfMatch(context.Request.Headers),
            Correlation = correlation,
            Aborted = context.RequestAborted,
        };
    }
}
