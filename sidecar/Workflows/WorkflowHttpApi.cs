using System.Text;
using System.Text.Json.Nodes;
using Dapr.DurableTask.Protobuf;
using Grpc.Core;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.Workflows;

/// <summary>The workflow calls of the HTTP API, as the case "http api" has them.</summary>
internal sealed class WorkflowHttpApi(Func<AppSidecar, WorkflowEngine> engineOf)
{
    // The same calls under every version that the runtime has ever had them; `dapr` is the only component there is.
    static readonly string[] Versions = ["v1.0", "v1.0-beta1", "v1.0-alpha1"];

    // This API alone limits ids; the gRPC service does not.
    const int LongestId = 64;

    public void Map(HttpRoutes routes)
    {
        foreach (var version in Versions)
        {
            var instance = $"/{version}/workflows/{{component}}/{{instance}}";
            routes.Map("POST", $"/{version}/workflows/{{component}}/{{workflow}}/start", Start);
            routes.Map("GET", instance, Get);
            routes.Map("POST", instance + "/pause", call => Carry(
                call, "ERR_PAUSE_WORKFLOW", "pausing", engine => engine.SuspendAsync(call["instance"], null, call.Aborted)));
            routes.Map("POST", instance + "/resume", call => Carry(
                call, "ERR_RESUME_WORKFLOW", "resuming", engine => engine.ResumeAsync(call["instance"], null, call.Aborted)));
            routes.Map("POST", instance + "/terminate", call => Carry(
                call,
                "ERR_TERMINATE_WORKFLOW",
                "terminating",
                engine => engine.TerminateAsync(call["instance"], null, recurse: true, call.Aborted),
                unknownIs404: true));
            routes.Map("POST", instance + "/purge", call => Carry(
                call,
                "ERR_PURGE_WORKFLOW",
                "purging",
                engine => engine.PurgeAsync(call["instance"], recursive: true, force: false),
                unknownIs404: true));
            routes.Map("POST", instance + "/raiseEvent/{event}", RaiseEvent);
        }
    }

    async Task Start(ApiCall call)
    {
        var id = call.Http.Request.Query["instanceID"].ToString();
        if (id.Length > LongestId)
            throw Invalid("ERR_INSTANCE_ID_TOO_LONG", $"workflow instance ID exceeds the max length of {LongestId} characters");
        if (!id.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-'))
        {
            throw Invalid(
                "ERR_INSTANCE_ID_INVALID", $"workflow instance ID '{id}' is invalid: only alphanumeric and underscore characters are allowed");
        }

        var request = new CreateInstanceRequest
        {
            InstanceId = id.Length == 0 ? Guid.NewGuid().ToString() : id,
            Name = call["workflow"],
            Input = await Body(call),
        };
        try
        {
            var engine = engineOf(call.App);
            await engine.CreateAsync(request, call.Aborted);
            await engine.WaitAsync(request.InstanceId, TaskHub.HasStarted, withInputsAndOutputs: false, call.Aborted);
        }
        catch (WorkflowRefusal refusal)
        {
            throw Failed("ERR_START_WORKFLOW", $"error starting workflow '{request.Name}': unable to start workflow: {refusal.Message}");
        }

        await call.Json(StatusCodes.Status202Accepted, new JsonObject { ["instanceID"] = request.InstanceId });
    }

    async Task Get(ApiCall call)
    {
        var state = await engineOf(call.App).GetAsync(call["instance"], withInputsAndOutputs: true) ?? throw NotFound(call["instance"]);
        var properties = new JsonObject();
        if (state.CustomStatus is { } customStatus) properties["dapr.workflow.custom_status"] = customStatus;
        if (state.Input is { } input) properties["dapr.workflow.input"] = input;
        if (state.FailureDetails is { } failure)
        {
            properties["dapr.workflow.failure.error_type"] = failure.ErrorType;
            properties["dapr.workflow.failure.error_message"] = failure.ErrorMessage;
            if (failure.StackTrace is { } trace) properties["dapr.workflow.failure.stack_trace"] = trace;
        }
        else if (state.Output is { } output)
        {
            properties["dapr.workflow.output"] = output;
        }

        await call.Json(StatusCodes.Status200OK, new JsonObject
        {
            ["instanceID"] = state.InstanceId,
            ["workflowName"] = state.Name,
            ["createdAt"] = state.CreatedTimestamp?.ToDateTime().ToString("O"),
            ["lastUpdatedAt"] = state.LastUpdatedTimestamp?.ToDateTime().ToString("O"),
            ["runtimeStatus"] = state.WorkflowStatus.ToString().ToUpperInvariant(),
            ["properties"] = properties,
        });
    }

    async Task RaiseEvent(ApiCall call)
    {
        var body = await Body(call);
        await Carry(
            call, "ERR_RAISE_EVENT_WORKFLOW", "raising event on", engine => engine.RaiseEventAsync(call["instance"], call["event"], body, call.Aborted));
    }

    // The runtime answers 404 for an unknown instance only where it says so; elsewhere it is a failure like any other.
    async Task Carry(ApiCall call, string errorCode, string doing, Func<WorkflowEngine, Task> action, bool unknownIs404 = false)
    {
        try
        {
            await action(engineOf(call.App));
        }
        catch (WorkflowRefusal refusal) when (unknownIs404 && refusal.Reason == RefusalReason.NotFound)
        {
            throw NotFound(call["instance"]);
        }
        catch (WorkflowRefusal refusal)
        {
            throw Failed(errorCode, $"error {doing} workflow '{call["instance"]}': {refusal.Message}");
        }

        await call.Json(StatusCodes.Status202Accepted, new JsonObject());
    }

    static async Task<string> Body(ApiCall call) =>
        Encoding.UTF8.GetString(await call.ReadBodyAsync() ?? throw ApiCall.Malformed("failed reading body"));

    static ApiException NotFound(string instanceId) => new(
        StatusCodes.Status404NotFound,
        StatusCode.NotFound,
        "ERR_INSTANCE_ID_NOT_FOUND",
        $"unable to find workflow with the provided instance ID: {instanceId}");

    static ApiException Invalid(string errorCode, string message) =>
        new(StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, errorCode, message);

    static ApiException Failed(string errorCode, string message) =>
        new(StatusCodes.Status500InternalServerError, StatusCode.Internal, errorCode, message);
}
