using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace MallBots.Mall.Tests.Values;

/// <summary>Sends a request byte by byte, for what no client sends.</summary>
static class RawRequest
{
    /// <summary>Sends a request with one header whose value is these bytes, and with a JSON body or none.</summary>
    public static async Task<Answer> Send(Uri service, string method, string path, string header, byte[] value, byte[]? json = null)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(service.Host, service.Port, TestContext.Current.CancellationToken);
        await using var stream = tcp.GetStream();
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {service.Authority}\r\nConnection: close\r\n{(json is null ? "" : "Content-Type: application/json\r\n")}Content-Length: {json?.Length ?? 0}\r\n{header}: "),
            .. value, .. "\r\n\r\n"u8, .. json ?? [],
        ];
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        var parts = answer.Split("\r\n\r\n", 2);
        var start = parts[1].IndexOf('{', StringComparison.Ordinal);
        var problem = start < 0 ? default : JsonDocument.Parse(parts[1][start..(parts[1].LastIndexOf('}') + 1)]).RootElement;
        using var headers = new HttpResponseMessage();
        return new Answer((HttpStatusCode)int.Parse(parts[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), problem, headers.Headers);
    }
}
