using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dapr.Client;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Messaging;

/// <summary>
/// Calls to the other services through the sidecar. An answer counts only with the mark that the kit puts on every answer: daprd can answer 200 with
/// nothing for a service that was never asked (facts I4, P12).
/// </summary>
public sealed class Peers
{
    /// <summary>Header on every answer of a service: its app-id.</summary>
    public const string Mark = "mallbots-service";

    /// <summary>Header that daprd puts on a call of one app to another: the caller's app-id.</summary>
    internal const string Caller = "dapr-caller-app-id";

    readonly HttpClient client;
    readonly KitOptions options;

    internal Peers(KitOptions options)
    {
        this.options = options;
        client = DaprClient.CreateInvokeHttpClient(daprEndpoint: options.DaprHttpEndpoint, daprApiToken: options.DaprApiToken);
        client.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Asks a service for something else than an entity, such as its readiness.</summary>
    /// <returns>The status and the JSON of the answer.</returns>
    /// <exception cref="UnavailableException">The service did not answer itself.</exception>
    public async Task<(int Status, JsonElement Body)> Get(string app, string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Uri(app, path));
        using var answer = await Call(app, request, cancel);
        return ((int)answer.StatusCode, await Read<JsonElement>(app, answer, cancel));
    }

    /// <summary>Sends an internal command and waits for its business answer.</summary>
    /// <exception cref="UnavailableException">Anything but a business answer: the command may be carried out all the same; repeating is harmless.</exception>
    public async Task<CommandAnswer> Send<TCommand>(TCommand command, CancellationToken cancel) where TCommand : IInternalCommand
    {
        var path = $"internal/{TCommand.Route}";
        using var request = new HttpRequestMessage(HttpMethod.Post, Uri(TCommand.App, path)) { Content = JsonContent.Create(command, options: KitJson.Options) };
        using var answer = await Call(TCommand.App, request, cancel);
        return answer.StatusCode == HttpStatusCode.OK
            ? await Read<CommandAnswer>(TCommand.App, answer, cancel)
            : throw new UnavailableException($"{TCommand.App} answered {(int)answer.StatusCode} to {path}.");
    }

    /// <summary>Asks the owner for an entity; null when it never was.</summary>
    /// <exception cref="UnavailableException">The owner did not answer.</exception>
    public async Task<EntityItem<TValue>?> Ask<TValue>(Topic<TValue> topic, string id, CancellationToken cancel) where TValue : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Uri(topic.Owner, $"internal/{topic.Resource}/{id}"));
        using var answer = await Call(topic.Owner, request, cancel);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => await Read<EntityItem<TValue>>(topic.Owner, answer, cancel),
            HttpStatusCode.NotFound => null,
            var other => throw new UnavailableException($"{topic.Owner} answered {(int)other} for {topic.Resource} {id}."),
        };
    }

    /// <summary>Every entity of an owner, removed ones too.</summary>
    /// <exception cref="UnavailableException">The owner did not answer.</exception>
    public async IAsyncEnumerable<EntityItem<TValue>> All<TValue>(Topic<TValue> topic, [EnumeratorCancellation] CancellationToken cancel) where TValue : class
    {
        await foreach (var item in All((Topic)topic, cancel))
            yield return new(item.Resource, item.Id, item.Version, item.Removed, item.Value.Deserialize<TValue>(KitJson.Options)!);
    }

    internal async IAsyncEnumerable<EntityItem<JsonElement>> All(Topic topic, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var cursor = ""; cursor is not null;)
        {
            var query = cursor.Length == 0 ? "" : $"&cursor={cursor}";
            var page = await Page(topic.Owner, $"internal/{topic.Resource}?limit=200{query}", cancel);
            foreach (var item in page.Items) yield return item;
            cursor = page.Next;
        }
    }

    /// <summary>A page of an owner's feed behind a cursor; null when the cursor has expired.</summary>
    internal async Task<Page<EntityItem<JsonElement>>?> Changes(string app, string after, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Uri(app, $"internal/changes?limit=100&after={after}"));
        using var answer = await Call(app, request, cancel);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => await Read<Page<EntityItem<JsonElement>>>(app, answer, cancel),
            HttpStatusCode.Gone => null,
            var other => throw new UnavailableException($"{app} answered {(int)other} for its changes."),
        };
    }

    /// <summary>The end of an owner's feed. An owner of an earlier version knows no <c>end</c>: it answers its own when it is asked without <c>after</c>.</summary>
    internal async Task<string> FeedEnd(string app, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Uri(app, $"internal/changes?after={Journal.Feed.AtTheEnd}"));
        using var answer = await Call(app, request, cancel);
        var page = answer.StatusCode switch
        {
            HttpStatusCode.OK => await Read<Page<EntityItem<JsonElement>>>(app, answer, cancel),
            HttpStatusCode.BadRequest => await Page(app, "internal/changes", cancel),
            var other => throw new UnavailableException($"{app} answered {(int)other} for the end of its changes."),
        };
        return page.Next ?? throw new UnavailableException($"{app} has no feed.");
    }

    async Task<Page<EntityItem<JsonElement>>> Page(string app, string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Uri(app, path));
        using var answer = await Call(app, request, cancel);
        return answer.StatusCode == HttpStatusCode.OK
            ? await Read<Page<EntityItem<JsonElement>>>(app, answer, cancel)
            : throw new UnavailableException($"{app} answered {(int)answer.StatusCode} to {path}.");
    }

    async Task<HttpResponseMessage> Call(string app, HttpRequestMessage request, CancellationToken cancel)
    {
        using var limit = options.LimitOf(cancel);
        try
        {
            var answer = await client.SendAsync(request, limit.Token);
            if (answer.Headers.TryGetValues(Mark, out var marks) && marks.Contains(app)) return answer;
            answer.Dispose();
            throw new UnavailableException($"{app} did not answer itself (status {(int)answer.StatusCode}).");
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException || fault is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new UnavailableException($"{app} did not answer.", fault);
        }
    }

    static async Task<TAnswer> Read<TAnswer>(string app, HttpResponseMessage answer, CancellationToken cancel)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<TAnswer>(KitJson.Options, cancel) ?? throw new JsonException("Nothing.");
        }
        catch (Exception garbled) when (garbled is JsonException or HttpRequestException)
        {
            throw new UnavailableException($"{app} answered something unreadable.", garbled);
        }
    }

    static Uri Uri(string app, string path) => new($"http://{app}/{path}");
}
