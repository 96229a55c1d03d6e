using System.Text.Json;
using Dapr.Client.Autogen.Grpc.v1;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.Secrets;

/// <summary>Secrets over HTTP and gRPC.</summary>
internal sealed class SecretsApi(IReadOnlyList<Component> components, IReadOnlyDictionary<string, ISecretStore> stores)
{
    public void Map(HttpRoutes http, GrpcMethodTable<DaprGrpcService> dapr)
    {
        http.Map("GET", "/v1.0/secrets/{store}/bulk", call => AnswerAsync(call, Find(call.App, call["store"]).All()));
        http.Map("GET", "/v1.0/secrets/{store}/{name}", call => AnswerAsync(call, Get(call.App, call["store"], call["name"])));
        dapr.Unary<GetSecretRequest, GetSecretResponse>("GetSecret", (_, request, call) =>
            {
                var response = new GetSecretResponse();
                foreach (var (key, value) in Get(call.App(), request.StoreName, request.Key)) response.Data[key] = value;
                return Task.FromResult(response);
            })
            .Unary<GetBulkSecretRequest, GetBulkSecretResponse>("GetBulkSecret", (_, request, call) =>
            {
                var response = new GetBulkSecretResponse();
                foreach (var (name, values) in Find(call.App(), request.StoreName).All())
                {
                    var secret = new SecretResponse();
                    foreach (var (key, value) in values) secret.Secrets[key] = value;
                    response.Data[name] = secret;
                }

                return Task.FromResult(response);
            });
    }

    IReadOnlyDictionary<string, string> Get(AppSidecar app, string store, string name) => Find(app, store).Find(name) ?? throw new ApiException(
        StatusCodes.Status500InternalServerError,
        StatusCode.Internal,
        "ERR_SECRET_GET",
        $"failed getting secret with key {name} from secret store {store}: secret {name} not found");

    ISecretStore Find(AppSidecar app, string store)
    {
        if (stores.TryGetValue(store, out var found) && components.Any(component => component.Name == store && app.Sees(component))) return found;

        // 401 over HTTP, as recorded.
        throw new ApiException(
            StatusCodes.Status401Unauthorized, StatusCode.InvalidArgument, "ERR_SECRET_STORE_NOT_FOUND", $"failed finding secret store with key {store}");
    }

    static Task AnswerAsync<T>(ApiCall call, T secrets)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(secrets, ApiCall.Plain), (byte)'\n'];
        return call.Bytes(StatusCodes.Status200OK, line);
    }
}
