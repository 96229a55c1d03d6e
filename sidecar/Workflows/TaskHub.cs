using Dapr.DurableTask.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.Workflows;

/// <summary>
/// The gRPC service that Dapr.Workflow calls, client and worker alike (fact W5). One instance answers for all apps; which one a call belongs to
/// follows from the port that it came to.
/// </summary>
internal sealed class TaskHub(Func<ServerCallContext, WorkflowEngine> engineOf, Func<ServerCallContext, Task> demandClaim)
{
    // For a caller that gives no page size.
    const int DefaultPage = 1024;

    /// <summary>The methods of the service, with the messages that the package Dapr.Workflow ships.</summary>
    public static GrpcMethodTable<TaskHub> Methods { get; } = new GrpcMethodTable<TaskHub>("TaskHubSidecarService")
        .Unary<Empty, Empty>("Hello", (_, request, _) => Task.FromResult(request))
        .Unary<CreateInstanceRequest, CreateInstanceResponse>("StartInstance", (hub, request, call) => hub.StartInstance(request, call))
        .Unary<GetInstanceRequest, GetInstanceResponse>("GetInstance", (hub, request, call) => hub.GetInstance(request, call))
        .Unary<GetInstanceRequest, GetInstanceResponse>("WaitForInstanceStart", (hub, request, call) => hub.WaitFor(request, HasStarted, call))
        .Unary<GetInstanceRequest, GetInstanceResponse>("WaitForInstanceCompletion", (hub, request, call) => hub.WaitFor(request, HasEnded, call))
        .Unary<RaiseEventRequest, RaiseEventResponse>("RaiseEvent", (hub, request, call) => hub.RaiseEvent(request, call))
        .Unary<TerminateRequest, TerminateResponse>("TerminateInstance", (hub, request, call) => hub.TerminateInstance(request, call))
        .Unary<SuspendRequest, SuspendResponse>("SuspendInstance", (hub, request, call) => hub.SuspendInstance(request, call))
        .Unary<ResumeRequest, ResumeResponse>("ResumeInstance", (hub, request, call) => hub.ResumeInstance(request, call))
        .Unary<PurgeInstancesRequest, PurgeInstancesResponse>("PurgeInstances", (hub, request, call) => hub.PurgeInstances(request, call))
        .Unary<ListInstanceIDsRequest, ListInstanceIDsResponse>("ListInstanceIDs", (hub, request, call) => hub.ListInstanceIds(request, call))
        .Unary<GetInstanceHistoryRequest, GetInstanceHistoryResponse>(
            "GetInstanceHistory", (hub, request, call) => hub.GetInstanceHistory(request, call))
        .Unary<RerunWorkflowFromEventRequest, RerunWorkflowFromEventResponse>(
            "RerunWorkflowFromEvent", (_, _, _) => throw new RpcException(new Status(StatusCode.Unimplemented, "rerun is not implemented")))
        .ServerStreaming<GetWorkItemsRequest, WorkItem>("GetWorkItems", (hub, _, items, call) => hub.GetWorkItems(items, call))
        .Unary<ActivityResponse, CompleteTaskResponse>("CompleteActivityTask", (hub, response, call) => hub.CompleteActivity(response, call))
        .Unary<WorkflowResponse, CompleteTaskResponse>("CompleteOrchestratorTask", (hub, response, call) => hub.CompleteTurn(response, call))
        .Unary<WorkflowResponse, CompleteTaskResponse>("CompleteWorkflowTask", (hub, response, call) => hub.CompleteTurn(response, call));

    /// <summary>Whether the first turn is done.</summary>
    public static bool HasStarted(OrchestrationStatus status) => status != OrchestrationStatus.Pending;

    /// <summary>Whether nothing more will happen.</summary>
    public static bool HasEnded(OrchestrationStatus status) => status is OrchestrationStatus.Completed
        or OrchestrationStatus.Failed
        or OrchestrationStatus.Terminated
        or OrchestrationStatus.Canceled;

    async Task<CreateInstanceResponse> StartInstance(CreateInstanceRequest request, ServerCallContext call)
    {
        var engine = engineOf(call);
        if (request.ScheduledStartTimestamp is { } start && !Events.IsTime(start))
            throw new RpcException(new Status(StatusCode.InvalidArgument, "the scheduled start is no time"));
        if (request.InstanceId.Length == 0) request.InstanceId = Guid.NewGuid().ToString();
        await Refusing("failed to create workflow instance: ", () => engine.CreateAsync(request, call.CancellationToken));
        if (request.ScheduledStartTimestamp is null)
            await engine.WaitAsync(request.InstanceId, HasStarted, withInputsAndOutputs: false, call.CancellationToken);
        return new CreateInstanceResponse { InstanceId = request.InstanceId };
    }

    async Task<GetInstanceResponse> GetInstance(GetInstanceRequest request, ServerCallContext call) =>
        await engineOf(call).GetAsync(request.InstanceId, request.GetInputsAndOutputs) is { } state
            ? new GetInstanceResponse { Exists = true, WorkflowState = state }
            : new GetInstanceResponse { Exists = false };

    async Task<GetInstanceResponse> WaitFor(GetInstanceRequest request, Func<OrchestrationStatus, bool> until, ServerCallContext call)
    {
        var state = await engineOf(call).WaitAsync(request.InstanceId, until, request.GetInputsAndOutputs, call.CancellationToken);
        return new GetInstanceResponse { Exists = true, WorkflowState = state };
    }

    async Task<RaiseEventResponse> RaiseEvent(RaiseEventRequest request, ServerCallContext call)
    {
        var engine = engineOf(call);
        await Refusing("", () => engine.RaiseEventAsync(request.InstanceId, request.Name, request.Input, call.CancellationToken));
        return new RaiseEventResponse();
    }

    async Task<TerminateResponse> TerminateInstance(TerminateRequest request, ServerCallContext call)
    {
        var engine = engineOf(call);
        await Refusing(
            "failed to submit termination request: ",
            () => engine.TerminateAsync(request.InstanceId, request.Output, request.Recursive, call.CancellationToken));
        await engine.WaitAsync(request.InstanceId, HasEnded, withInputsAndOutputs: false, call.CancellationToken);
        return new TerminateResponse();
    }

    async Task<SuspendResponse> SuspendInstance(SuspendRequest request, ServerCallContext call)
    {
        var engine = engineOf(call);
        await Refusing("", () => engine.SuspendAsync(request.InstanceId, request.Reason, call.CancellationToken));
        await engine.WaitAsync(
            request.InstanceId, status => status == OrchestrationStatus.Suspended || HasEnded(status), withInputsAndOutputs: false, call.CancellationToken);
        return new SuspendResponse();
    }

    async Task<ResumeResponse> ResumeInstance(ResumeRequest request, ServerCallContext call)
    {
        var engine = engineOf(call);
        await Refusing("", () => engine.ResumeAsync(request.InstanceId, request.Reason, call.CancellationToken));
        await engine.WaitAsync(
            request.InstanceId, status => status == OrchestrationStatus.Running || HasEnded(status), withInputsAndOutputs: false, call.CancellationToken);
        return new ResumeResponse();
    }

    async Task<PurgeInstancesResponse> PurgeInstances(PurgeInstancesRequest request, ServerCallContext call)
    {
        if (request.PurgeInstanceFilter is not null) throw new RpcException(new Status(StatusCode.Unknown, "multi-instance purge is not implemented"));
        var engine = engineOf(call);
        var count = 0;
        await Refusing(
            "failed to purge workflow state: failed to fetch workflow state: ",
            async () => count = await engine.PurgeAsync(request.InstanceId, request.Recursive, request.Force));
        return new PurgeInstancesResponse { DeletedInstanceCount = count };
    }

    async Task<ListInstanceIDsResponse> ListInstanceIds(ListInstanceIDsRequest request, ServerCallContext call)
    {
        var size = request is { HasPageSize: true, PageSize: > 0 } ? (int)Math.Min(request.PageSize, int.MaxValue) : DefaultPage;
        var ids = await engineOf(call).ListAsync(request.HasContinuationToken ? request.ContinuationToken : null, size);
        var page = new ListInstanceIDsResponse { InstanceIds = { ids } };
        if (ids.Count == size) page.ContinuationToken = ids[^1];
        return page;
    }

    async Task<GetInstanceHistoryResponse> GetInstanceHistory(GetInstanceHistoryRequest request, ServerCallContext call)
    {
        var engine = engineOf(call);
        var history = new GetInstanceHistoryResponse();
        await Refusing("", async () => history.Events.AddRange(await engine.HistoryAsync(request.InstanceId)));
        return history;
    }

    async Task GetWorkItems(IServerStreamWriter<WorkItem> items, ServerCallContext call)
    {
        await demandClaim(call);
        var engine = engineOf(call);
        var worker = engine.Connect();
        try
        {
            await foreach (var item in worker.Items.ReadAllAsync(call.CancellationToken)) await items.WriteAsync(item, call.CancellationToken);
        }
        catch (OperationCanceledException) when (call.CancellationToken.IsCancellationRequested)
        {
            // The worker has gone; that is how this call ends.
        }
        finally
        {
            engine.Disconnect(worker);
        }
    }

    async Task<CompleteTaskResponse> CompleteActivity(ActivityResponse response, ServerCallContext call)
    {
        await engineOf(call).CompleteActivityAsync(response);
        return new CompleteTaskResponse();
    }

    async Task<CompleteTaskResponse> CompleteTurn(WorkflowResponse response, ServerCallContext call)
    {
        await engineOf(call).CompleteTurnAsync(response);
        return new CompleteTaskResponse();
    }

    // The words around a refusal are the runtime's, with all that its layers add (cases "schedule twice", "raise event to unknown", "purge").
    static async Task Refusing(string prefix, Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (WorkflowRefusal refusal)
        {
            var (code, text) = refusal.Reason switch
            {
                RefusalReason.AlreadyExists => (StatusCode.AlreadyExists, $"rpc error: code = AlreadyExists desc = {refusal.Message}"),
                RefusalReason.NoWorker => (StatusCode.FailedPrecondition, refusal.Message),
                RefusalReason.Unavailable => (StatusCode.Unavailable, refusal.Message),
                _ => (StatusCode.Unknown, refusal.Message),
            };
            throw new RpcException(new Status(code, prefix + text));
        }
    }
}
