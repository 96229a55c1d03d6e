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
        foreach (var name in call.QueryParameters) operation.Parameters.Add(Parameter(name, ParameterLocation.Query, null));
        if (call.TakesKey) operation.Parameters.Add(Parameter("Idempotency-Key", ParameterLocation.Header, "1 to 100 characters. The same key and body again changes nothing and answers as before."));
        if (call.TakesCommand && context.Description.RelativePath?.Contains('{') == true) operation.Parameters.Add(Parameter("If-Match", ParameterLocation.Header, "ETag of the version that is to be changed, such as \"3\"."));
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
            operation.Responses[status.Key.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join("; ", status.DistinctBy(kind => kind.Code).Select(kind => $"`{kind.Code}` {kind.Title}")),
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = problem } },
            };
        }
    }

    /// <summary>The rules of a request's fields as the schema says them.</summary>
    static Task Rule(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        // The converter that trims texts hides from the framework that they are strings.
        if (context.JsonTypeInfo.Type == typeof(string) && schema.Type is null)
            schema.Type = context.JsonPropertyInfo?.IsGetNullable == true ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;

        foreach (var (name, _, rules) in Rules.Of(context.JsonTypeInfo.Type))
        {
            if (schema.Properties?.TryGetValue(name, out var property) != true || property is not OpenApiSchema field) continue;
            foreach (var rule in rules)
            {
                switch (rule)
                {
                    case TextAttribute text:
                        (field.MinLength, field.MaxLength) = (text.Least, text.Most);
                        break;
                    case WholeAttribute whole:
                        (field.Minimum, field.Maximum) = ($"{whole.Least}", $"{whole.Most}");
                        break;
                    case MoneyAttribute:
                        (field.ExclusiveMinimum, field.Maximum, field.MultipleOf) = ("0", "1000000", 0.01m);
                        break;
                    case IdAttribute:
                        field.Pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,63}$";
                        break;
                    case SmsNumberAttribute:
                        field.Pattern = "^\\+[0-9]{8,15}$";
                        break;
                }
            }
        }

        return Task.CompletedTask;
    }

    static OpenApiParameter Parameter(string name, ParameterLocation place, string? description) => new()
    {
        Name = name,
        In = place,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
