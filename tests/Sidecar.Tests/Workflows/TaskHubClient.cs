using Dapr.DurableTask.Protobuf;
using Grpc.Net.Client;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>A client without a worker, and with deadlines, which the SDK's client does not set.</summary>
public sealed class TaskHubClient(SidecarEndpoints sidecar)
{
    readonly TaskHubSidecarService.TaskHubSidecarServiceClient client = new(GrpcChannel.ForAddress($"http://127.0.0.1:{sidecar.GrpcPort}"));

    public async Task StartAsync(string instanceId, TimeSpan patience, string workflow = "Five", string input = "\"x\"") => await client.StartInstanceAsync(
        new CreateInstanceRequest { InstanceId = instanceId, Name = workflow, Input = input }, deadline: DateTime.UtcNow + patience);

    public async Task PurgeByForceAsync(string instanceId) =>
        await client.PurgeInstancesAsync(new PurgeInstancesRequest { InstanceId = instanceId, Force = true });

    public async Task RaiseEventAsync(string instanceId, string name, string input) =>
        await client.RaiseEventAsync(new RaiseEventRequest { InstanceId = instanceId, Name = name, Input = input });

    public async Task<bool> ExistsAsync(string instanceId) => (await client.GetInstanceAsync(new GetInstanceRequest { InstanceId = instanceId })).Exists;
}
