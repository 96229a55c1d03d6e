using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Stores;

/// <summary>An answer as a client sees it.</summary>
sealed record Reply(int Status, JsonElement Body, HttpResponseHeaders Headers)
{
    public string? Problem => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("type", out var type) ? type.GetString()?.Replace("urn:mallbots:problem:", "") : null;

    public string Text(string field) => Body.GetProperty(field).GetString()!;

    public decimal Money(string field) => Body.GetProperty(field).GetDecimal();

    public IEnumerable<JsonElement> Items => Body.GetProperty("items").EnumerateArray();

    /// <summary>The answer, if it has this status.</summary>
    public Reply Must(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Body}");
        return this;
    }

    /// <summary>The answer, if it is this problem.</summary>
    public Reply MustBe(int status, string problem)
    {
        Assert.True((Status, Problem) == (status, problem), $"Expected {status} {problem}, got {Status}: {Body}");
        return this;
    }
}

/// <summary>The calls of one service, as any HTTP client makes them.</summary>
sealed class ShopApi(Uri address) : IDisposable
{
    readonly HttpClient client = WatchedHttp.Client(address);

    public Task<Reply> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Reply> Post(string path, object? body, string? key = null) => Send(HttpMethod.Post, path, body, key);

    public Task<Reply> Put(string path, object body, string? ifMatch = null) => Send(HttpMethod.Put, path, body, ifMatch: ifMatch);

    public Task<Reply> Delete(string path) => Send(HttpMethod.Delete, path);

    public async Task<Reply> Send(HttpMethod method, string path, object? body = null, string? key = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : body is string text ? new StringContent(text, System.Text.Encoding.UTF8, "application/json") : JsonContent.Create(body),
        };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var content = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Reply((int)answer.StatusCode, content.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(content), answer.Headers);
    }

    public void Dispose() => client.Dispose();
}
