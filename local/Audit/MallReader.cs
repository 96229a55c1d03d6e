using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local.Demo;

namespace MallBots.Local.Audit;

/// <summary>Reads whole lists of a mall, page by page. It only ever asks.</summary>
sealed class MallReader(MallAccess access) : IDisposable
{
    const int PageSize = 200;

    readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public bool SeesInternals => access.AppApiToken is not null;

    /// <summary>A public list, through the gateway.</summary>
    public Task<List<T>> Public<T>(string path, CancellationToken cancel) => Pages<T>(new Uri(access.Gateway, path), cancel);

    /// <summary>An internal list of a service.</summary>
    public Task<List<T>> Internal<T>(string app, string path, CancellationToken cancel) => Pages<T>(Address(app, path), cancel);

    /// <summary>What an internal query answers about these ids, some at a time; null when the service has nothing to say (204).</summary>
    public async Task<List<T>?> InternalByIds<T>(string app, string path, IEnumerable<string> ids, CancellationToken cancel)
    {
        List<T> all = [];
        foreach (var some in ids.Chunk(50))
        {
            using var answer = await Get(Address(app, $"{path}?ids={string.Join(',', some)}"), cancel);
            if (answer.StatusCode == HttpStatusCode.NoContent) return null;
            all.AddRange((await Read<Page<T>>(answer, cancel)).Items);
        }

        return all;
    }

    /// <summary>One answer of an internal query.</summary>
    public async Task<T> InternalOne<T>(string app, string path, CancellationToken cancel)
    {
        using var answer = await Get(Address(app, path), cancel);
        return await Read<T>(answer, cancel);
    }

    /// <summary>The health of the whole mall; also that of one that is not ready.</summary>
    public async Task<SystemHealth> Health(CancellationToken cancel)
    {
        using var answer = await Get(new Uri(access.Gateway, "/health"), cancel);
        return await Body<SystemHealth>(answer, cancel);
    }

    public void Dispose() => http.Dispose();

    async Task<List<T>> Pages<T>(Uri address, CancellationToken cancel)
    {
        List<T> all = [];
        string? cursor = null;
        do
        {
            var separator = address.Query.Length == 0 ? '?' : '&';
            using var answer = await Get(new Uri($"{address}{separator}limit={PageSize}{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}"), cancel);
            var page = await Read<Page<T>>(answer, cancel);
            all.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return all;
    }

    /// <summary>Asks, and asks again while the answer is 503: a service that is busy is no finding.</summary>
    async Task<HttpResponseMessage> Get(Uri address, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (access.AppApiToken is { } token && address.AbsolutePath.StartsWith("/internal/", StringComparison.Ordinal)) request.Headers.Add("dapr-api-token", token);
            try
            {
                var answer = await http.SendAsync(request, cancel);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == 10 || address.AbsolutePath == "/health") return answer;
                answer.Dispose();
            }
            catch (Exception nobody) when (nobody is HttpRequestException or SocketException || (nobody is TaskCanceledException && !cancel.IsCancellationRequested))
            {
                // A service that is just being started is asked again below; one that is asked for half a minute has no answer.
                if (attempt == 10 || nobody is TaskCanceledException) throw new LocalMallException($"{address} can't be asked: {nobody.Message}", nobody);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), cancel);
        }
    }

    static async Task<T> Read<T>(HttpResponseMessage answer, CancellationToken cancel)
    {
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new LocalMallException($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancel)}");
        return await Body<T>(answer, cancel);
    }

    static async Task<T> Body<T>(HttpResponseMessage answer, CancellationToken cancel)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(MallJson.Answers, cancel) ?? throw new JsonException("null");
        }
        catch (Exception notOurs) when (notOurs is JsonException or InvalidOperationException)
        {
            throw new LocalMallException($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode}, which is nothing that a mall says.", notOurs);
        }
    }

    Uri Address(string app, string path) => new(access.Services[app], $"/internal/{path}");
}

/// <summary>What GET /health of the gateway says.</summary>
sealed record SystemHealth(string Status, IReadOnlyDictionary<string, ServiceHealth> Services);

/// <summary>What one service says of itself.</summary>
sealed record ServiceHealth(string Status, IReadOnlyList<string> Reasons);
