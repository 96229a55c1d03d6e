using Dapr.DurableTask.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>A worker that answers only what the test tells it to.</summary>
public sealed class SilentWorker : IDisposable
{
    readonly GrpcChannel channel;
    readonly TaskHubSidecarService.TaskHubSidecarServiceClient client;
    readonly AsyncServerStreamingCall<WorkItem> stream;

    public SilentWorker(SidecarEndpoints sidecar)
    {
        channel = GrpcChannel.ForAddress($"http://127.0.0.1:{sidecar.GrpcPort}");
        client = new TaskHubSidecarService.TaskHubSidecarServiceClient(channel);
        stream = client.GetWorkItems(new GetWorkItemsRequest());
    }

    public async Task<WorkItem> NextAsync()
    {
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        return stream.ResponseStream.Current;
    }

    /// <summary>Answers a turn with an activity to run.</summary>
    public async Task AnswerAsync(WorkItem turn, string activity) => await client.CompleteWorkflowTaskAsync(new WorkflowResponse
    {
        InstanceId = turn.WorkflowRequest.InstanceId,
        CompletionToken = turn.CompletionToken,
        Actions = { new WorkflowAction { Id = 0, ScheduleTask = new ScheduleTaskAction { Name = activity, TaskExecutionId = activity } } },
    });

    /// <summary>Answers an activity.</summary>
    public async Task AnswerActivityAsync(WorkItem activity, string result) => await client.CompleteActivityTaskAsync(new ActivityResponse
    {
        InstanceId = activity.ActivityRequest.WorkflowInstance.InstanceId,
        TaskId = activity.ActivityRequest.TaskId,
        CompletionToken = activity.CompletionToken,
        Result = result,
    });

    public void Disconnect() => stream.Dispose();

    public void Dispose()
    {
        stream.Dispose();
        channel.Dispose();
    }
}
