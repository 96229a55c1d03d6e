using Dapr.Workflow;
using Grpc.Core;
using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>Starts instances, each once, and brings events to them.</summary>
public sealed partial class WorkflowRuns(Documents<OrderProcess> processes, DaprWorkflowClient runtime, Peers peers, Patience patience, ILogger<WorkflowRuns> log)
{
    /// <summary>Scheduling without a worker does not answer at all (fact W6).</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Terminating waits for the instance's end, which one that is wedged may not come to while somebody waits.</summary>
    static readonly TimeSpan LimitOfTerminate = TimeSpan.FromSeconds(2);

    /// <summary>Instance id of the workflow that creates an order.</summary>
    public static string CreateId(string orderId) => orderId;

    /// <summary>Instance id of the workflow that works on a request to cancel.</summary>
    public static string CancelId(string orderId, long request) => $"cancel-{orderId}-{request}";

    /// <summary>Sees that the order's create workflow is there.</summary>
    public Task SeeToCreate(OrderResource order, Command command) =>
        SeeTo(new RunPlanned(order.OrderId, CreateId(order.OrderId), nameof(CreateOrder), null), order, command);

    /// <summary>Sees that the cancel workflow of a request is there.</summary>
    public Task SeeToCancel(OrderResource order, long request, Command command) =>
        SeeTo(new RunPlanned(order.OrderId, CancelId(order.OrderId, request), nameof(Workflows.CancelOrder), request), order, command);

    /// <summary>Gives a planned run to the runtime; it has it already: good.</summary>
    /// <exception cref="UnavailableException">The runtime did not take it; the run stays planned.</exception>
    public async Task Schedule(ProcessRun run, OrderResource order, CancellationToken cancel)
    {
        object input = run.Request is { } request
            ? new RunInput<OrderToCancel>(order.OrderId, new OrderToCancel(order.OrderId, request, order.CustomerId, order.PaymentId), patience)
            : new RunInput<OrderToCreate>(order.OrderId, OrderToCreate.Of(order), patience);
        await Call(
            async limit => await runtime.ScheduleNewWorkflowAsync(run.Name, run.InstanceId, input, (DateTimeOffset?)null, limit),
            except: fault => fault.StatusCode == StatusCode.AlreadyExists,
            cancel);
        await Scheduled(order.OrderId, run, cancel);
    }

    /// <summary>Gives a planned run to the runtime with what its order is now. An order that never was leaves it planned.</summary>
    /// <inheritdoc cref="Schedule(ProcessRun, OrderResource, CancellationToken)"/>
    public async Task Schedule(string orderId, ProcessRun run, CancellationToken cancel)
    {
        if (await peers.Ask(Topics.Order, orderId, cancel) is { } order) await Schedule(run, order.Value, cancel);
    }

    /// <summary>Writes down that the runtime has a planned run.</summary>
    public Task Scheduled(string orderId, ProcessRun run, CancellationToken cancel) =>
        processes.Change(orderId, Command.Internal(run.InstanceId, cancel), process => process.Scheduled(run.InstanceId, run.Restarts.Count));

    /// <summary>
    /// Carries a restart out, from wherever it was left: the runtime is made to forget the instance, the document says so, then it is scheduled again. Whether
    /// terminating worked is not asked: it may answer 500 and take effect, or take effect later (fact W9). It is gone when the runtime does not know it.
    /// </summary>
    /// <returns>False while the runtime does not let go of it.</returns>
    /// <exception cref="UnavailableException">The runtime or another service did not answer; who finds the run goes on with it.</exception>
    public async Task<bool> CarryOutRestart(string orderId, ProcessRun run, CancellationToken cancel)
    {
        // It may have been some time ago that the caller read it, and another replica may have done it meanwhile.
        var now = (await processes.Find(orderId, cancel)).State?.Run(run.InstanceId);
        if (now is not { Status: RunStatus.Restarting } || now.Restarts.Count != run.Restarts.Count) return true;
        await Try(limit => runtime.TerminateWorkflowAsync(run.InstanceId, null, limit), LimitOfTerminate, cancel);
        await Try(limit => runtime.PurgeInstanceAsync(run.InstanceId, limit), Limit, cancel); // Refused until it has ended.
        if ((await Look(run.InstanceId, cancel)) is { Exists: true }) return false;

        var letGo = await processes.Change(orderId, Command.Internal(run.InstanceId, cancel), process => process.LetGo(run.InstanceId, run.Restarts.Count));
        var planned = letGo.Value.Run(run.InstanceId);
        if (planned is { Status: RunStatus.Scheduling } && planned.Restarts.Count == run.Restarts.Count) await Schedule(orderId, planned, cancel);
        return true;
    }

    /// <summary>Tells the create workflow that the customer asked to cancel. Whether the instance is unknown or has ended does not matter.</summary>
    public Task HintAtCancel(string orderId, CancellationToken cancel) => Call(
        limit => runtime.RaiseEventAsync(CreateId(orderId), WorkflowEvents.CancelHint, null, limit),
        except: fault => fault.StatusCode is StatusCode.Unknown or StatusCode.NotFound, // No such instance (fact W7).
        cancel);

    /// <summary>Brings an operator's decision to the wait that it was meant for.</summary>
    public Task Decide(ProcessRun run, OperatorDecision decision, CancellationToken cancel) =>
        Call(limit => runtime.RaiseEventAsync(run.InstanceId, WorkflowEvents.Operator(run.Step!, run.Attention), decision, limit), except: _ => false, cancel);

    /// <summary>What the runtime knows of an instance.</summary>
    public async Task<WorkflowState> Look(string instanceId, CancellationToken cancel)
    {
        WorkflowState? state = null;
        await Call(async limit => state = await runtime.GetWorkflowStateAsync(instanceId, getInputsAndOutputs: true, limit), except: _ => false, cancel);
        return state!;
    }

    async Task SeeTo(RunPlanned plan, OrderResource order, Command command)
    {
        var process = await processes.Put(plan.OrderId, command, process => OrderProcess.Plan(process, plan));
        if (process.Value.Run(plan.InstanceId) is { Status: RunStatus.Scheduling } run) await Schedule(run, order, command.Aborted);
    }

    async Task Try(Func<CancellationToken, Task> call, TimeSpan within, CancellationToken cancel)
    {
        try
        {
            await Call(call, except: _ => true, cancel, within);
        }
        catch (UnavailableException late)
        {
            LogExpected(log, late.Message);
        }
    }

    async Task Call(Func<CancellationToken, Task> call, Func<RpcException, bool> except, CancellationToken cancel, TimeSpan? within = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(within ?? Limit);
        try
        {
            await call(limit.Token);
        }
        catch (RpcException fault) when (except(fault))
        {
            LogExpected(log, fault.Status.Detail);
        }
        catch (Exception fault) when (fault is RpcException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new UnavailableException($"The workflow runtime did not answer: {fault.Message}", fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The workflow runtime says: {Detail}")]
    static partial void LogExpected(ILogger log, string detail);
}
