using Dapr;
using Dapr.Client;
using Grpc.Core;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Outside;

/// <summary>Output bindings: systems outside the mall, such as a provider of text messages, behind the sidecar's components.</summary>
public interface IBindings
{
    /// <summary>Hands something to a binding.</summary>
    /// <param name="binding">Name of the component.</param>
    /// <param name="operation">What the binding is to do, such as <c>create</c>.</param>
    /// <param name="data">What to hand over.</param>
    /// <param name="metadata">What else the binding wants to know.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="UnavailableException">The binding did not take it; it may have it all the same.</exception>
    Task Send(string binding, string operation, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> metadata, CancellationToken cancel);
}

sealed class DaprBindings(DaprClient dapr) : IBindings
{
    public async Task Send(string binding, string operation, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> metadata, CancellationToken cancel)
    {
        var request = new BindingRequest(binding, operation) { Data = data };
        foreach (var (name, value) in metadata) request.Metadata[name] = value;
        try
        {
            await dapr.InvokeBindingAsync(request, cancel);
        }
        catch (Exception fault) when (fault is DaprException or RpcException)
        {
            throw new UnavailableException($"The binding {binding} did not take it: {fault.GetBaseException().Message}", fault);
        }
    }
}
