using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace MallBots.Mall.Tests.Edge;

/// <summary>An answer, as it came over the wire; its body is what is left when the framing is gone.</summary>
sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public JsonElement? Problem => Header("Content-Type")?.StartsWith("application/problem+json", StringComparison.Ordinal) == true ? JsonDocument.Parse(Body).RootElement : null;

    /// <summary>The problem's code; null when it is none.</summary>
    public string? Code => Problem?.GetProperty("type").GetString()!.Replace("urn:mallbots:problem:", "", StringComparison.Ordinal);

    /// <summary>The errors by field, as JSON; null when there are none.</summary>
    public string? Errors => Problem is { } problem && problem.TryGetProperty("errors", out var errors) ? errors.GetRawText() : null;

    public override string ToString() => $"{Status} {Code} {Errors}";
}

/// <summary>Requests as bytes: HTTP clients refuse to send most of what servers have to bear.</summary>
static class RawHttp
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends bytes and reads until the server closes; null when it closes without an answer.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="request">The whole request; it asks for the connection to be closed.</param>
    /// <param name="isOver">Says by half a close that no more will come.</param>
    public static async Task<RawAnswer?> Send(Uri server, byte[] request, bool isOver = false)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var connection = new TcpClient();
        await connection.ConnectAsync(server.Host.Trim('[', ']'), server.Port, limit.Token);
        var stream = connection.GetStream();
        var reading = ReadToEnd(stream, limit.Token);
        try
        {
            await stream.WriteAsync(request, limit.Token);
            if (isOver) connection.Client.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            // It has heard enough; its answer may be there all the same.
        }

        return Parse(await reading);
    }

    static async Task<byte[]> ReadToEnd(NetworkStream stream, CancellationToken cancel)
    {
        var all = new MemoryStream();
        var part = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(part, cancel) is > 0 and var read) all.Write(part, 0, read);
        }
        catch (IOException)
        {
            // Closed with something of ours unread: what came before counts.
        }

        return all.ToArray();
    }

    static RawAnswer? Parse(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        while (text.StartsWith("HTTP/1.1 1", StringComparison.Ordinal)) text = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return null;
        var lines = text[..end].Split("\r\n");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines[1..])
        {
            var (name, value) = (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim());
            headers[name] = headers.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
        }

        var body = text[(end + 4)..];
        if (headers.GetValueOrDefault("Transfer-Encoding") == "chunked") body = Joined(body);
        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body)));
    }

    static string Joined(string chunks)
    {
        var all = new StringBuilder();
        for (var at = 0; at < chunks.Length;)
        {
            var line = chunks.IndexOf("\r\n", at, StringComparison.Ordinal);
            if (line < 0) break;
            var length = int.Parse(chunks[at..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            all.Append(chunks, line + 2, Math.Min(length, chunks.Length - line - 2));
            at = line + 2 + length + 2;
        }

        return all.ToString();
    }
}
