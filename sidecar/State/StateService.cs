using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.State;

/// <summary>State as both APIs offer it: store by name, keys prefixed with the app-id (fact S6), failures as Dapr's errors.</summary>
internal sealed class StateService : IAsyncDisposable
{
    const string Separator = "||";

    readonly Dictionary<string, (Component Component, IStateStore Engine)> stores = new(StringComparer.Ordinal);

    /// <summary>Opens an engine for every state component that an app of this process may use.</summary>
    public StateService(SidecarContext context)
    {
        foreach (var component in context.Components.Where(component => component.IsStateStore && context.Apps.Values.Any(app => app.Sees(component))))
            stores[component.Name] = (component, Open(component, context));
    }

    /// <summary>Starts the engines.</summary>
    public Task StartAsync(CancellationToken cancel) => Task.WhenAll(stores.Values.Select(store => store.Engine.StartAsync(cancel)));

    /// <summary>The engine of a store that the app may use.</summary>
    public IStateStore Find(AppSidecar app, string store)
    {
        if (stores.TryGetValue(store, out var found) && app.Sees(found.Component)) return found.Engine;
        throw new ApiException(
            StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, "ERR_STATE_STORE_NOT_FOUND", $"state store {store} is not found")
        {
            GrpcReason = "DAPR_STATE_NOT_FOUND",
            Details = [ErrorDetails.Info("DAPR_STATE_NOT_FOUND", new JsonObject { ["appID"] = app.AppId })],
        };
    }

    /// <summary>What the store of this name can do, for the metadata API.</summary>
    public IReadOnlyList<string> CapabilitiesOf(string store) => stores.TryGetValue(store, out var found) ? found.Engine.Capabilities : [];

    /// <summary>The whole key.</summary>
    public static string WholeKey(AppSidecar app, string store, string key)
    {
        if (!key.Contains(Separator, StringComparison.Ordinal)) return string.Concat(app.AppId, Separator, key);

        var text = $"api error: code = InvalidArgument desc = input key/keyPrefix '{key}' can't contain '{Separator}'";
        throw new ApiException(StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, "ERR_MALFORMED_REQUEST", text)
        {
            GrpcReason = "DAPR_STATE_ILLEGAL_KEY",
            Details =
            [
                ErrorDetails.BadRequest(key, text), ErrorDetails.Resource("state", store), ErrorDetails.Info("DAPR_STATE_ILLEGAL_KEY"),
            ],
        };
    }

    /// <summary>The caller's part of a whole key.</summary>
    public static string CallersKey(AppSidecar app, string wholeKey) => wholeKey[(app.AppId.Length + Separator.Length)..];

    /// <summary>The metadata `ttlInSeconds` of a write: -1 means never; what is no number fails the save, as recorded.</summary>
    public static TimeSpan? TimeToLive(string? ttlInSeconds, string store)
    {
        if (ttlInSeconds is null) return null;
        if (!int.TryParse(ttlInSeconds, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) || seconds < -1)
        {
            throw SaveFailed(store, new StateFailure(
                StateFailureKind.Failed, $"incorrect value for metadata 'ttlInSeconds': parsing \"{ttlInSeconds}\": invalid syntax"));
        }

        return seconds > 0 ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan;
    }

    /// <summary>Reads one entry; an engine that is away is Dapr's error.</summary>
    public async Task<StateEntry?> GetAsync(AppSidecar app, string store, string key, CancellationToken cancel)
    {
        try
        {
            return await Find(app, store).GetAsync(WholeKey(app, store, key), cancel);
        }
        catch (Exception fault) when (IsOfEngine(fault))
        {
            throw Failed("ERR_STATE_GET", $"fail to get {key} from state store {store}: {fault.Message}", StateFailureKind.Failed);
        }
    }

    /// <summary>Reads many entries; an engine that is away is Dapr's error.</summary>
    public async Task<IReadOnlyList<FoundEntry>> GetBulkAsync(AppSidecar app, string store, IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var engine = Find(app, store);
        string[] wholeKeys = [.. keys.Select(key => WholeKey(app, store, key))];
        if (wholeKeys.Length == 0) return [];
        try
        {
            return await engine.GetBulkAsync(wholeKeys, cancel);
        }
        catch (Exception fault) when (IsOfEngine(fault))
        {
            throw Failed("ERR_STATE_BULK_GET", $"failed to get keys from state store {store}: {fault.Message}", StateFailureKind.Failed);
        }
    }

    /// <summary>Saves one or several entries; a failure is thrown as Dapr's error.</summary>
    public static async Task SaveAsync(IStateStore engine, string store, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        if (writes.Count == 0) return;
        var failure = writes.Count == 1
            ? await OutcomeAsync(engine.WriteAsync(writes[0], cancel))
            : InBulk(await OutcomeAsync(engine.WriteEachAsync(writes, cancel)));
        if (failure is not null) throw SaveFailed(store, failure);
    }

    /// <summary>Deletes one entry; a failure is thrown as Dapr's error.</summary>
    public static async Task DeleteAsync(IStateStore engine, string key, StateWrite delete, CancellationToken cancel)
    {
        if (await OutcomeAsync(engine.WriteAsync(delete, cancel)) is { } failure)
            throw Failed("ERR_STATE_DELETE", $"failed deleting state with key {key}: {failure.Message}", failure.Kind);
    }

    /// <summary>Deletes several entries.</summary>
    public static async Task DeleteEachAsync(IStateStore engine, string store, IReadOnlyList<StateWrite> deletes, CancellationToken cancel)
    {
        if (deletes.Count > 0 && await OutcomeAsync(engine.WriteEachAsync(deletes, cancel)) is { } failure)
            throw Failed("ERR_STATE_DELETE_BULK", $"failed deleting state in state store {store}: {failure.Message}", failure.Kind);
    }

    /// <summary>Runs a transaction; its failure is 500 whatever the kind, as recorded.</summary>
    public static async Task TransactAsync(IStateStore engine, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        if (writes.Count > 0 && await OutcomeAsync(engine.TransactAsync(writes, cancel)) is { } failure)
            throw Failed("ERR_STATE_TRANSACTION", $"error while executing state transaction: {failure.Message}", StateFailureKind.Failed);
    }

    /// <summary>An operation that a transaction does not know.</summary>
    public static ApiException UnknownOperation(string operation) => new(
        StatusCodes.Status400BadRequest, StatusCode.Unimplemented, "ERR_NOT_SUPPORTED_STATE_OPERATION", $"operation type {operation} not supported");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, engine) in stores.Values) await engine.DisposeAsync();
    }

    static IStateStore Open(Component component, SidecarContext context) => component.Type switch
    {
        // Without a data folder nothing is kept, whatever the component says.
        "state.sqlite" when context.Options.DataDirectory is { } folder =>
            new TrappedStateStore(SqliteStateStore.Open(component, folder, context.Clock), context.Traps),
        "state.in-memory" or "state.sqlite" => new TrappedStateStore(new InMemoryStateStore(context.Clock), context.Traps),
        "state.redis" => new TrappedStateStore(new RedisStateStore(component), context.Traps),
        _ => throw new ResourceException(component.Source, $"component '{component.Name}': this sidecar does not have the engine {component.Type}"),
    };

    static async Task<StateFailure?> OutcomeAsync(Task<StateFailure?> write)
    {
        try
        {
            return await write;
        }
        catch (Exception fault) when (IsOfEngine(fault))
        {
            return new StateFailure(StateFailureKind.Failed, fault.Message);
        }
    }

    static bool IsOfEngine(Exception fault) => fault is not (ApiException or OperationCanceledException or CutAnswerException);

    // The real one wraps the failure of one of several once more, as recorded (save-three-one-conflict).
    static StateFailure? InBulk(StateFailure? failure) =>
        failure?.Kind == StateFailureKind.ETagMismatch ? failure with { Detail = failure.Message } : failure;

    static ApiException SaveFailed(string store, StateFailure failure) =>
        Failed("ERR_STATE_SAVE", $"failed saving state in state store {store}: {failure.Message}", failure.Kind);

    static ApiException Failed(string errorCode, string message, StateFailureKind kind) => kind switch
    {
        StateFailureKind.ETagMismatch => new ApiException(StatusCodes.Status409Conflict, StatusCode.Aborted, errorCode, message),
        StateFailureKind.ETagInvalid => new ApiException(StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, errorCode, message),
        _ => new ApiException(StatusCodes.Status500InternalServerError, StatusCode.Internal, errorCode, message),
    };
}
