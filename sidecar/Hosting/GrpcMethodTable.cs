using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace MallBots.Sidecar.Hosting;

/// <summary>
/// Binds a class to a gRPC service by a table of its methods. The packages Dapr.Protos and Dapr.Workflow ship the message types and only the
/// client side of their services; this is the server side, without a copy of the .proto files.
/// </summary>
/// <typeparam name="TService">The class whose methods answer the calls; one instance, registered by <see cref="AddTo"/>.</typeparam>
/// <param name="serviceName">Full name of the service, for example `dapr.proto.runtime.v1.Dapr`.</param>
internal sealed class GrpcMethodTable<TService>(string serviceName) : IServiceMethodProvider<TService>
    where TService : class
{
    readonly List<Action<ServiceMethodProviderContext<TService>>> methods = [];

    /// <summary>A call with one message either way.</summary>
    public GrpcMethodTable<TService> Unary<TRequest, TResponse>(
        string name, Func<TService, TRequest, ServerCallContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var method = Describe<TRequest, TResponse>(MethodType.Unary, name);
        methods.Add(context => context.AddUnaryMethod(method, [], async (service, request, call) =>
        {
            try
            {
                return await handler(service, request, call);
            }
            catch (ApiException refused)
            {
                throw GrpcErrors.From(refused);
            }
            catch (CutAnswerException)
            {
                call.GetHttpContext().Abort();
                throw new RpcException(Status.DefaultCancelled);
            }
        }));
        return this;
    }

    /// <summary>A call that is answered by a stream of messages.</summary>
    public GrpcMethodTable<TService> ServerStreaming<TRequest, TResponse>(
        string name, Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var method = Describe<TRequest, TResponse>(MethodType.ServerStreaming, name);
        methods.Add(context => context.AddServerStreamingMethod(method, [], (service, request, stream, call) => handler(service, request, stream, call)));
        return this;
    }

    /// <summary>Registers service and table; the service's endpoints are mapped with `MapGrpcService`.</summary>
    public void AddTo(IServiceCollection services, TService service)
    {
        services.AddSingleton(service);
        services.AddSingleton<IServiceMethodProvider<TService>>(this);
    }

    /// <inheritdoc/>
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TService> context)
    {
        foreach (var add in methods) add(context);
    }

    Method<TRequest, TResponse> Describe<TRequest, TResponse>(MethodType type, string name)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        new(type, serviceName, name, MessageMarshaller<TRequest>(), MessageMarshaller<TResponse>());

    // The same buffer-to-buffer way that generated code takes: no intermediate byte array.
    static Marshaller<TMessage> MessageMarshaller<TMessage>()
        where TMessage : class, IMessage<TMessage>, new()
    {
        var parser = new MessageParser<TMessage>(() => new TMessage());
        return new Marshaller<TMessage>(
            (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
    }
}
