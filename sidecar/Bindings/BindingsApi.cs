using System.Text.Json;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.Bindings;

/// <summary>Output bindings over HTTP and gRPC.</summary>
internal sealed class BindingsApi : IDisposable
{
    readonly Dictionary<string, (Component Component, LocalStorage Binding)> bindings = new(StringComparer.Ordinal);
    readonly string? temporary;

    public BindingsApi(SidecarContext context)
    {
        foreach (var component in context.Components.Where(component => component.Type == "bindings.localstorage"))
        {
            // Files have to be somewhere: without a data folder they are gone with the sidecar.
            var folder = context.Options.DataDirectory ?? (temporary ??= Directory.CreateTempSubdirectory("sidecar-").FullName);
            bindings[component.Name] = (component, LocalStorage.Open(component, folder));
        }
    }

    public void Map(HttpRoutes http, GrpcMethodTable<DaprGrpcService> dapr)
    {
        http.Map("POST", "/v1.0/bindings/{name}", InvokeAsync);
        http.Map("PUT", "/v1.0/bindings/{name}", InvokeAsync);
        dapr.Unary<InvokeBindingRequest, InvokeBindingResponse>("InvokeBinding", async (_, request, call) =>
        {
            var data = await InvokeAsync(call.App(), request.Name, request.Operation, request.Data.Memory, request.Metadata.AsReadOnly(), call.CancellationToken);
            return new InvokeBindingResponse { Data = UnsafeByteOperations.UnsafeWrap(data) };
        });
    }

    public void Dispose()
    {
        if (temporary is not null && Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
    }

    async Task InvokeAsync(ApiCall call)
    {
        var body = await call.ReadBodyAsync() ?? throw ApiCall.Malformed("request body too large");
        string operation;
        byte[] data;
        var metadata = call.QueryMetadata();
        try
        {
            using var request = JsonDocument.Parse(body);
            operation = request.RootElement.TryGetProperty("operation", out var name) ? name.ToString() : "";
            data = request.RootElement.TryGetProperty("data", out var value) ? JsonSerializer.SerializeToUtf8Bytes(value) : [];
            if (request.RootElement.TryGetProperty("metadata", out var items) && items.ValueKind == JsonValueKind.Object)
            {
                foreach (var item in items.EnumerateObject()) metadata[item.Name] = item.Value.ToString();
            }
        }
        catch (Exception mistake) when (mistake is JsonException or InvalidOperationException)
        {
            throw ApiCall.Malformed($"can't deserialize request: {mistake.Message}");
        }

        var answer = await InvokeAsync(call.App, call["name"], operation, data, metadata, call.Aborted);
        if (answer is null) await call.NoContent();
        else await call.Bytes(StatusCodes.Status200OK, answer);
    }

    async Task<byte[]?> InvokeAsync(
        AppSidecar app, string name, string operation, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> metadata, CancellationToken cancel)
    {
        try
        {
            if (!bindings.TryGetValue(name, out var found) || !app.Sees(found.Component))
                throw new BindingException($"couldn't find output binding {name}");
            return await found.Binding.InvokeAsync(operation, data, metadata, cancel);
        }
        catch (Exception refused) when (refused is BindingException or IOException or UnauthorizedAccessException)
        {
            throw new ApiException(
                StatusCodes.Status500InternalServerError,
                StatusCode.Internal,
                "ERR_INVOKE_OUTPUT_BINDING",
                $"error invoking output binding {name}: {refused.Message}");
        }
    }
}
