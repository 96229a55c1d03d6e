using Dapr;
using Dapr.Client;
using Grpc.Core;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Outside;

/// <summary>The secret store component <c>secrets</c> behind the sidecar.</summary>
public interface ISecrets
{
    /// <summary>A secret by its name.</summary>
    /// <exception cref="UnavailableException">The secret store did not answer, or has no such secret.</exception>
    Task<string> Get(string name, CancellationToken cancel);
}

sealed class DaprSecrets(DaprClient dapr) : ISecrets
{
    const string Store = "secrets";

    public async Task<string> Get(string name, CancellationToken cancel)
    {
        try
        {
            // A secret can have several values; a plain one has one, under its own name.
            var values = await dapr.GetSecretAsync(Store, name, cancellationToken: cancel);
            return values.TryGetValue(name, out var value) ? value : throw new UnavailableException($"The secret {name} has no value of that name.");
        }
        catch (Exception fault) when (fault is DaprException or RpcException)
        {
            throw new UnavailableException($"The secret store did not answer for {name}.", fault);
        }
    }
}
