using System.Globalization;
using System.Text;

namespace MallBots.Mall.Tests.Edge;

/// <summary>How long the server is told that the body is.</summary>
enum Framing
{
    /// <summary>Content-Length, as it is.</summary>
    Length,

    /// <summary>Transfer-Encoding: chunked.</summary>
    Chunked,

    /// <summary>Nothing is said; a row that says something wrong does it by a header.</summary>
    Unsaid,
}

/// <summary>A request to be spoiled. Without a change it is one that its call refuses, or that changes nothing.</summary>
sealed record EdgeRequest(string Method, string Target)
{
    /// <summary>Names and values; the characters are bytes (Latin-1).</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public string? ContentType { get; init; } = "application/json";

    /// <summary>The body; null for none.</summary>
    public byte[]? Body { get; init; }

    public Framing Framing { get; init; }

    /// <summary>The request that a row starts from.</summary>
    public static EdgeRequest Of(Operation operation) => new(operation.Method, operation.Target) { Body = operation.TakesBody ? "{"u8.ToArray() : null };

    public EdgeRequest With(string name, string value) => this with { Headers = [.. Headers, (name, value)] };

    public EdgeRequest WithBody(string json) => this with { Body = Encoding.UTF8.GetBytes(json) };

    public byte[] ToBytes()
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\nHost: mall.example\r\nConnection: close\r\n");
        if (Body is not null && ContentType is not null) Line("Content-Type", ContentType);
        foreach (var (name, value) in Headers) Line(name, value);
        if (Framing == Framing.Chunked) Line("Transfer-Encoding", "chunked");
        else if (Framing == Framing.Length && Body is not null) Line("Content-Length", Body.Length.ToString(CultureInfo.InvariantCulture));
        head.Append("\r\n");
        var body = Body ?? [];
        return Framing == Framing.Chunked
            ? [.. Encoding.Latin1.GetBytes($"{head}{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8]
            : [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];

        void Line(string name, string value) => head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
    }
}

/// <summary>A call of an OpenAPI document.</summary>
/// <param name="App">Whose it is.</param>
/// <param name="Method">Its method, in capitals.</param>
/// <param name="Path">Its path, with parameters in braces.</param>
/// <param name="TakesBody">Whether it reads a body.</param>
/// <param name="OthersOfPath">Every method that the documents have for the path.</param>
sealed record Operation(string App, string Method, string Path, bool TakesBody, IReadOnlyList<string> OthersOfPath)
{
    /// <summary>Ids of what there is not; the one place where an app is named names one.</summary>
    public string Target => TargetWith("none-1");

    public bool HasIds => Path.Contains('{');

    /// <summary>Refused for what it names, or by its body; only this one is not: it has neither.</summary>
    public bool ChangesNothing => !(Method == "POST" && Path == "/api/search/rebuild");

    public string TargetWith(string id) => string.Join('/', Path.Split('/').Select(segment => segment == "{app}" ? "baskets" : segment.StartsWith('{') ? id : segment));

    public override string ToString() => $"{App}: {Method} {Path}";
}
