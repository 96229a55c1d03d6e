using System.Net;
using System.Text;
using System.Text.Json;
using MallBots.Mall.Tests.Edge;

namespace MallBots.Mall.Tests.Values;

/// <summary>Sends a request byte by byte, for what no client sends.</summary>
static class RawRequest
{
    /// <summary>Sends a request with one header whose value is these bytes, and with a JSON body or none.</summary>
    public static async Task<Answer> Send(Uri service, string method, string path, string header, byte[] value, byte[]? json = null)
    {
        var request = new EdgeRequest(method, path) { Body = json }.With(header, Encoding.Latin1.GetString(value));
        var answer = await RawHttp.Send(service, request.ToBytes()) ?? throw new HttpRequestException("It closed without an answer.");
        using var headers = new HttpResponseMessage();
        return new Answer((HttpStatusCode)answer.Status, answer.Body.StartsWith('{') ? JsonDocument.Parse(answer.Body).RootElement : default, headers.Headers);
    }
}
