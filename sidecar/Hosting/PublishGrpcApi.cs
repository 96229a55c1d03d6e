using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace MallBots.Sidecar.Hosting;

/// <summary>Publishing over gRPC, handed on to pub/sub.</summary>
internal sealed class PublishGrpcApi(IPublisher publisher)
{
    static readonly Empty Done = new();

    public void Map(GrpcMethodTable<DaprGrpcService> dapr) => dapr
        .Unary<PublishEventRequest, Empty>("PublishEvent", async (_, request, call) =>
        {
            await publisher.PublishAsync(
                call.App(),
                request.PubsubName,
                request.Topic,
                request.Data.Memory,
                request.DataContentType,
                request.Metadata.AsReadOnly(),
                CallTrace.Of(call.GetHttpContext()),
                call.CancellationToken);
            return Done;
        })
        .Unary<BulkPublishRequest, BulkPublishResponse>("BulkPublishEvent", (_, request, call) => BulkPublishAsync(request, call))
        .Unary<BulkPublishRequest, BulkPublishResponse>("BulkPublishEventAlpha1", (_, request, call) => BulkPublishAsync(request, call));

    async Task<BulkPublishResponse> BulkPublishAsync(BulkPublishRequest request, ServerCallContext call)
    {
        BulkEntry[] entries =
        [
            .. request.Entries.Select(entry => new BulkEntry(entry.EntryId, entry.Event.Memory, entry.ContentType, entry.Metadata.AsReadOnly())),
        ];
        var failures = await publisher.BulkPublishAsync(
            call.App(), request.PubsubName, request.Topic, entries, request.Metadata.AsReadOnly(), CallTrace.Of(call.GetHttpContext()), call.CancellationToken);
        var response = new BulkPublishResponse();
        response.FailedEntries.AddRange(failures.Select(failure => new BulkPublishResponseFailedEntry { EntryId = failure.EntryId, Error = failure.Error }));
        return response;
    }
}
