using System.Globalization;
using System.Text.Json;
using MallBots.ServiceKit.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace MallBots.ServiceKit.Http;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and Swagger UI at <c>/swagger</c>.</summary>
static class ApiDocument
{
    static readonly RefusalKind[] OfEveryCall =
    [
        new("invalid-request", 400, "The request is invalid"),
        new("unavailable", 503, "Something that is needed did not answer"),
    ];

    static readonly RefusalKind[] OfEveryBody =
    [
        new("body-too-large", 413, "The body is too large"),
        new("media-type", 415, "The media type is not supported"),
    ];

    static readonly RefusalKind[] OfEveryCommand =
    [
        new("busy", 503, "Too much at once"),
        Documents.KitRefusals.VersionMismatch,
    ];

    public static void Add(IServiceCollection services, string app) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = $"MallBots {app}", Version = "v1", Description = "Errors are problem documents (RFC 9457) with a stable type `urn:mallbots:problem:…`." };
            return Task.CompletedTask;
        });
        // Each call has a record of its own named Request: told apart by the call, else one schema would stand for all.
        options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type) is { } name ? $"{type.Type.DeclaringType?.Name}{name}" : null;
        options.AddOperationTransformer(Describe);
        options.AddSchemaTransformer(Rule);
    });

    public static void Map(WebApplication app, string appId, IEnumerable<(string Url, string Name)> others)
    {
        app.MapOpenApi();
        app.UseSwaggerUI(ui =>
        {
            ui.DocumentTitle = $"MallBots {appId}";
            // Seen from the page, so that they are right under any prefix of a proxy.
            foreach (var (url, name) in others) ui.SwaggerEndpoint($"..{url}", name);
            ui.SwaggerEndpoint("../openapi/v1.json", appId);
        });
    }

    static async Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<CallDocumentation>().FirstOrDefault() is not { } call) return;
        operation.Parameters ??= [];
        foreach (var filter in call.QueryParameters) operation.Parameters.Add(Parameter(filter.Name, ParameterLocation.Query, null, filter.Schema));
        if (call.TakesKey) operation.Parameters.Add(Parameter("Idempotency-Key", ParameterLocation.Header, "1 to 100 characters of printable ASCII. The same key and body again changes nothing and answers as before."));
        if (call.TakesCommand && context.Description.RelativePath?.Contains('{') == true) operation.Parameters.Add(Parameter("If-Match", ParameterLocation.Header, "ETags of the versions that may be changed, such as \"3\", or * for any (RFC 9110)."));
        if (call.IsVersioned) operation.Parameters.Add(Parameter("If-None-Match", ParameterLocation.Header, "ETags of versions that are known: 304 without a body when one of them is the present one (RFC 9110)."));
        if (call.Example is { } example && operation.RequestBody?.Content?.Values.FirstOrDefault() is { } media)
            media.Example = JsonSerializer.SerializeToNode(example, example.GetType(), KitJson.Options);

        var problem = await context.GetOrCreateSchemaAsync(typeof(ProblemDetails), cancellationToken: cancel);
        IEnumerable<RefusalKind> kinds =
        [
            .. call.Refusals,
            .. OfEveryCall,
            .. operation.RequestBody is null ? [] : OfEveryBody,
            .. call.TakesCommand ? OfEveryCommand : [],
            .. call.TakesKey ? [Documents.KitRefusals.KeyReused] : Array.Empty<RefusalKind>(),
        ];
        operation.Responses ??= [];
        foreach (var status in kinds.GroupBy(kind => kind.Status).OrderBy(status => status.Key))
        {
            var answer = new OpenApiResponse
            {
                Description = string.Join("; ", status.DistinctBy(kind => kind.Code).Select(kind => $"`{kind.Code}` {kind.Title}")),
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = problem } },
            };
            if (status.Key == 503 || status.Any(kind => kind.RetryAfter is not null)) AddHeader(answer, "Retry-After", "Seconds after which to ask again.");
            operation.Responses[status.Key.ToString(CultureInfo.InvariantCulture)] = answer;
        }

        if (!call.IsVersioned) return;
        var known = new OpenApiResponse { Description = "The version is one of If-None-Match." };
        operation.Responses["304"] = known;
        AddHeader(known, "ETag", "The version.");
        if (operation.Responses.TryGetValue("200", out var shown) && shown is OpenApiResponse body) AddHeader(body, "ETag", "The version.");
    }

    static void AddHeader(OpenApiResponse answer, string name, string description)
    {
        answer.Headers ??= new Dictionary<string, IOpenApiHeader>();
        answer.Headers[name] = new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
    }

    /// <summary>The rules of a request's fields as the schema says them.</summary>
    static Task Rule(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        // Its converter hides from the framework what a time is.
        if (Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) is var nullable && (nullable ?? context.JsonTypeInfo.Type) == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (nullable is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null, "date-time");

        foreach (var member in context.JsonTypeInfo.Properties)
        {
            if (schema.Properties?.TryGetValue(member.Name, out var property) == true && property is OpenApiSchema field) RequestBody.RuleOf(member)?.Describe(field);
        }

        return Task.CompletedTask;
    }

    static OpenApiParameter Parameter(string name, ParameterLocation place, string? description, OpenApiSchema? schema = null) => new()
    {
        Name = name,
        In = place,
        Description = description,
        Schema = schema ?? new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
