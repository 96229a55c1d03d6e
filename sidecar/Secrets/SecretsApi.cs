using System.Text.Json;
using Dapr.Client.Autogen.Grpc.v1;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.Secrets;

/// <summary>Secrets over HTTP and gRPC, those that the Configuration lets apps read (fact R7).</summary>
internal sealed class SecretsApi(Resources resources)
{
    public void Map(HttpRoutes http, GrpcMethodTable<DaprGrpcService> dapr)
    {
        http.Map("GET", "/v1.0/secrets/{store}/bulk", call => AnswerAsync(call, All(call.App, call["store"])));
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
                foreach (var (name, values) in All(call.App(), request.StoreName))
                {
                    var secret = new SecretResponse();
                    foreach (var (key, value) in values) secret.Secrets[key] = value;
                    response.Data[name] = secret;
                }

                return Task.FromResult(response);
            });
    }

    IReadOnlyDictionary<string, string> Get(AppSidecar app, string store, string name)
    {
        var found = Find(app, store);
        // Before the store is asked, so that an app does not learn which of the denied secrets there are.
        if (!ScopeOf(store).Allows(name))
        {
            throw new ApiException(
                StatusCodes.Status403Forbidden, StatusCode.PermissionDenied, "ERR_PERMISSION_DENIED", $"access denied by policy to get \"{name}\" from \"{store}\"");
        }

        return found.Find(name) ?? throw new ApiException(
            StatusCodes.Status500InternalServerError,
            StatusCode.Internal,
            "ERR_SECRET_GET",
            $"failed getting secret with key {name} from secret store {store}: secret {name} not found");
    }

    // What may not be read is left out without an error.
    Dictionary<string, IReadOnlyDictionary<string, string>> All(AppSidecar app, string store)
    {
        var scope = ScopeOf(store);
        return Find(app, store).All().Where(secret => scope.Allows(secret.Key)).ToDictionary(StringComparer.Ordinal);
    }

    SecretsScope ScopeOf(string store) => resources.Configuration.SecretsScopes.GetValueOrDefault(store, SecretsScope.Open);

    ISecretStore Find(AppSidecar app, string store)
    {
        if (resources.SecretStores.TryGetValue(store, out var found) && resources.Components.Any(component => component.Name == store && app.Sees(component))) return found;

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
