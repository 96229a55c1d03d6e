using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.State;

/// <summary>State over gRPC: what DaprClient calls (fact I2). Values are the bytes that came.</summary>
internal sealed class StateGrpcApi(StateService states)
{
    static readonly Empty Done = new();

    public void Map(GrpcMethodTable<DaprGrpcService> dapr) => dapr
        .Unary<GetStateRequest, GetStateResponse>("GetState", (_, request, call) => GetAsync(request, call))
        .Unary<GetBulkStateRequest, GetBulkStateResponse>("GetBulkState", (_, request, call) => GetBulkAsync(request, call))
        .Unary<SaveStateRequest, Empty>("SaveState", (_, request, call) => SaveAsync(request, call))
        .Unary<DeleteStateRequest, Empty>("DeleteState", (_, request, call) => DeleteAsync(request, call))
        .Unary<DeleteBulkStateRequest, Empty>("DeleteBulkState", (_, request, call) => DeleteBulkAsync(request, call))
        .Unary<ExecuteStateTransactionRequest, Empty>("ExecuteStateTransaction", (_, request, call) => TransactAsync(request, call));

    async Task<GetStateResponse> GetAsync(GetStateRequest request, ServerCallContext call)
    {
        var app = call.App();
        var entry = await states.GetAsync(app, request.StoreName, request.Key, call.CancellationToken);
        var response = new GetStateResponse();
        if (entry is null) return response;

        response.Data = UnsafeByteOperations.UnsafeWrap(entry.Value);
        response.Etag = entry.ETag;
        if (entry.ExpiresAt is { } expiresAt) response.Metadata["ttlExpireTime"] = StateTimes.Text(expiresAt);
        return response;
    }

    async Task<GetBulkStateResponse> GetBulkAsync(GetBulkStateRequest request, ServerCallContext call)
    {
        var app = call.App();
        var response = new GetBulkStateResponse();
        foreach (var (key, entry, error) in await states.GetBulkAsync(app, request.StoreName, request.Keys, call.CancellationToken))
        {
            var item = new BulkStateItem { Key = StateService.CallersKey(app, key), Error = error ?? "" };
            if (entry is not null)
            {
                item.Data = UnsafeByteOperations.UnsafeWrap(entry.Value);
                item.Etag = entry.ETag;
                if (entry.ExpiresAt is { } expiresAt) item.Metadata["ttlExpireTime"] = StateTimes.Text(expiresAt);
            }

            response.Items.Add(item);
        }

        return response;
    }

    async Task<Empty> SaveAsync(SaveStateRequest request, ServerCallContext call)
    {
        var app = call.App();
        var engine = states.Find(app, request.StoreName);
        var writes = new StateWrite[request.States.Count];
        for (var index = 0; index < writes.Length; index++) writes[index] = Upsert(app, request.StoreName, request.States[index]);
        await StateService.SaveAsync(engine, request.StoreName, writes, call.CancellationToken);
        return Done;
    }

    async Task<Empty> DeleteAsync(DeleteStateRequest request, ServerCallContext call)
    {
        var app = call.App();
        var engine = states.Find(app, request.StoreName);
        var delete = new StateWrite(
            StateService.WholeKey(app, request.StoreName, request.Key), null, ETagOf(request.Etag?.Value), IsFirstWrite(request.Options), null, IsLastWrite(request.Options));
        await StateService.DeleteAsync(engine, request.Key, delete, call.CancellationToken);
        return Done;
    }

    async Task<Empty> DeleteBulkAsync(DeleteBulkStateRequest request, ServerCallContext call)
    {
        var app = call.App();
        var engine = states.Find(app, request.StoreName);
        StateWrite[] deletes = [.. request.States.Select(item => Upsert(app, request.StoreName, item) with { Value = null })];
        await StateService.DeleteEachAsync(engine, request.StoreName, deletes, call.CancellationToken);
        return Done;
    }

    async Task<Empty> TransactAsync(ExecuteStateTransactionRequest request, ServerCallContext call)
    {
        var app = call.App();
        var engine = states.Find(app, request.StoreName);
        var writes = request.Operations.Select(operation => operation.OperationType switch
        {
            "upsert" => Upsert(app, request.StoreName, operation.Request),
            "delete" => Upsert(app, request.StoreName, operation.Request) with { Value = null },
            _ => throw StateService.UnknownOperation(operation.OperationType),
        });
        await StateService.TransactAsync(engine, [.. writes], call.CancellationToken);
        return Done;
    }

    static StateWrite Upsert(AppSidecar app, string store, Dapr.Client.Autogen.Grpc.v1.StateItem item) => new(
        StateService.WholeKey(app, store, item.Key),
        BytesOf(item.Value),
        ETagOf(item.Etag?.Value),
        IsFirstWrite(item.Options),
        item.Metadata.Count == 0 ? null : StateService.TimeToLive(item.Metadata.GetValueOrDefault("ttlInSeconds"), store),
        IsLastWrite(item.Options));

    // The parsed message owns its bytes, so they are kept without a copy.
    static ReadOnlyMemory<byte> BytesOf(ByteString value) => value.Memory;

    // An ETag message without a value is no ETag, as recorded (save-empty-etag-first-write-existing).
    static string? ETagOf(string? etag) => string.IsNullOrEmpty(etag) ? null : etag;

    static bool IsLastWrite(StateOptions? options) => options?.Concurrency == StateOptions.Types.StateConcurrency.ConcurrencyLastWrite;

    static bool IsFirstWrite(StateOptions? options) => options?.Concurrency == StateOptions.Types.StateConcurrency.ConcurrencyFirstWrite;
}
