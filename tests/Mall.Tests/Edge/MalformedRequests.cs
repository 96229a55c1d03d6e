using System.Text;

namespace MallBots.Mall.Tests.Edge;

/// <summary>A kind of malformed request, and what comes of it at every call of the mall.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Of">The requests of this kind for a call.</param>
sealed record Row(string Name, Func<Operation, IEnumerable<EdgeRequest>> Of)
{
    /// <summary>Which calls it is tried on: all that change nothing, unless it says otherwise.</summary>
    public Func<Operation, bool> On { get; init; } = operation => operation.ChangesNothing;

    /// <summary>Status and code that it has to have, one of them; nothing: anything but a defect or an outage.</summary>
    public IReadOnlyList<string> Expect { get; init; } = [];

    /// <summary>What the errors have to name; null: nothing.</summary>
    public string? Names { get; init; }

    /// <summary>Kestrel refuses it before us, without a problem document (docs/problems.md).</summary>
    public bool ByKestrel { get; init; }

    /// <summary>Half a close says that the request is over.</summary>
    public bool IsOver { get; init; }

    public override string ToString() => Name;
}

/// <summary>
/// The rows of the table. A new one is a line here: a name, the requests for a call, which calls, and what has to come. An answer that is a defect, an
/// outage, no problem document, of no documented code, or another at the gateway than at the service fails every row by itself.
/// </summary>
static class MalformedRequests
{
    const string Invalid = "400 invalid-request";
    static readonly string CaféInUtf8 = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("café"));
    static readonly string[] ReadHeaders = ["Idempotency-Key", "If-Match", "If-None-Match", "Content-Type"];
    static readonly Func<Operation, bool> All = _ => true;
    static readonly Func<Operation, bool> Bodies = operation => operation.TakesBody;
    static readonly Func<Operation, bool> Keyed = operation => operation.TakesBody && operation.Method == "POST";
    static readonly Func<Operation, bool> Writes = operation => operation.Method is "POST" or "PUT";
    static readonly Func<Operation, bool> Ids = operation => operation.HasIds;
    static readonly Func<Operation, bool> Reads = operation => operation.Method == "GET";

    public static IReadOnlyList<Row> Rows { get; } =
    [
        // Headers.
        Header("a header that nobody reads and that is no ASCII, in UTF-8", "User-Agent", CaféInUtf8),
        Header("a header that nobody reads and that is no ASCII, in Latin-1", "User-Agent", "caf\u00e9"),
        Header("a name of odd characters", "x_!#$%&'*+-.^`|~", "1"),
        Header("headers of the sidecar", "dapr-app-id", "customers", "dapr-api-token", "guessed", "dapr-callee-app-id", "customers"),
        Header("trace headers that are none", "traceparent", "00-zz", "tracestate", "=,;", "baggage", ";;=,caf\u00e9"),
        Header("a stream of events is asked for", "Accept", "text/event-stream"),
        Header("headers of proxies that are none", "X-Forwarded-Prefix", "mall", "X-Forwarded-Host", "a b/c", "X-Forwarded-Proto", "ht tp", "X-Forwarded-For", "nobody"),
        Header("headers that say nothing", "Accept", "", "User-Agent", "", "Authorization", "", "Expect", "", "X-Forwarded-For", ""),
        Header("headers of a connection", "TE", "trailers", "Keep-Alive", "timeout=5", "Upgrade", "h2c", "HTTP2-Settings", "AAMAAABkAAQAAP__"),
        Header("conditions by time that are none", "If-Modified-Since", "yesterday", "If-Unmodified-Since", "", "If-Range", "caf\u00e9"),
        .. ReadHeaders.SelectMany(name => (Row[])
        [
            NoAscii(name, CaféInUtf8, "in UTF-8"),
            NoAscii(name, "caf\u00e9", "in Latin-1"),
            NoAscii(name, "a\tb", "with a tab"),
        ]),
        new("two Idempotency-Keys", call => [EdgeRequest.Of(call).With("Idempotency-Key", "a").With("Idempotency-Key", "b")])
            { On = All, Expect = [Invalid], Names = "Idempotency-Key" },
        new("two Content-Types", Valued("Content-Type", "application/json")) { On = Bodies, Expect = [Invalid], Names = "Content-Type" },
        new("an empty Idempotency-Key", Valued("Idempotency-Key", "")) { On = Keyed, Expect = [Invalid] },
        new("a long Idempotency-Key", Valued("Idempotency-Key", new string('k', 101))) { On = Keyed, Expect = [Invalid] },
        new("If-Match that is none", Valued("If-Match", "", "abc", "\"", "W/", "\"3", "1,2", "\"x\"")),
        new("If-None-Match that is none", Valued("If-None-Match", "", "abc", "\"", "W/", "1,2", "\"x\"")),
        new("one header of 64 KB", Valued("X-Long", new string('a', 64_000))) { On = All, Expect = ["431 headers-too-large"] },
        new("150 headers", call => [Enumerable.Range(0, 150).Aggregate(EdgeRequest.Of(call), (request, n) => request.With($"X-{n}", "1"))])
            { On = All, Expect = ["431 headers-too-large"] },
        new("a header for the services of 4 KB", Valued("Authorization", new string('a', 4_000))) { On = All, Expect = ["431 headers-too-large"] },
        new("more than 128 KiB of headers", Valued("X-Long", new string('a', 140_000))) { On = Reads, Expect = ["431 "], ByKestrel = true },
        new("a name that can be none", call => [EdgeRequest.Of(call).With("X (odd)", "1"), EdgeRequest.Of(call).With("", "1")])
            { On = Reads, Expect = ["400 "], ByKestrel = true },

        // Bodies and their framing.
        new("a chunked body over 1 MiB", call => [EdgeRequest.Of(call) with { Body = new byte[1024 * 1024 + 1], Framing = Framing.Chunked }])
            { On = Writes, Expect = ["413 body-too-large"] },
        new("a body that is said to be over 1 MiB", Framed("", "Content-Length", "2000000"))
            { On = call => call.Method != "GET", Expect = ["413 body-too-large"] },
        new("a body longer than said", Framed("""{"name":"x"}""", "Content-Length", "4")) { On = Bodies, Expect = [Invalid] },
        new("a length that is none", Framed("{", "Content-Length", "-1", "ten", "5, 6", "99999999999999999999"))
            { On = Bodies, Expect = ["400 "], ByKestrel = true },
        new("chunks that are none", Framed("zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding", "chunked")) { On = Bodies, Expect = [Invalid] },
        new("a coding that nobody knows", Framed("{", "Transfer-Encoding", "gzip")) { On = Bodies, Expect = ["400 "], ByKestrel = true },
        new("a body after Expect: 100-continue", Valued("Expect", "100-continue")) { On = Bodies, Expect = [Invalid] },
        new("an expectation that nobody knows", Valued("Expect", "wonders")) { On = Bodies, Expect = [Invalid] },

        // JSON.
        new("JSON that is none", Bodied("{", "", " ", "}", "nothing", """{"name":}""", """{"name":"x",}""", "{'name':'x'}", "{/**/}", "NaN", "{} {}", "\ufeff{", new string('[', 5_000)))
            { On = Bodies, Expect = [Invalid] },
        new("JSON of another type", Bodied("[]", "\"x\"", "1", "true", "null")) { On = Bodies, Expect = [Invalid] },
        new("bytes that are no UTF-8", call => [EdgeRequest.Of(call) with { Body = Encoding.Latin1.GetBytes("""{"name":"café"}""") }]) { On = Bodies, Expect = [Invalid] },
        new("a field that nobody knows", Bodied("""{"noSuchField":1}""")) { On = Bodies, Expect = [Invalid] },
        new("half a surrogate", Bodied("""{"name":"\ud800"}""", """{"\ud800":1}""")) { On = Bodies, Expect = [Invalid] },
        new("a field that is there twice", Bodied("""{"name":"a","name":"b"}""")) { On = Bodies, Expect = [Invalid] },
        new("a body of another type", Typed("{}", null, "", "text/plain", "application/xml", "json", "multipart/form-data; boundary=x", "application/octet-stream", "application/jsonx"))
            { On = Bodies, Expect = ["415 media-type"] },
        new("a charset that is UTF-8 under another name", Typed("{", "application/json; charset=utf8", "application/json; charset=\"utf-8\"", "application/json;charset=UTF-8"))
            { On = Bodies, Expect = [Invalid] },
        new("a charset that nobody reads", Typed("{}", "application/json; charset=bogus", "application/json; charset=utf-16", "application/json; charset=\"latin1\""))
            { On = Bodies, Expect = ["415 media-type"] },

        // Addresses.
        new("a path of 9,000 characters", Named(new string('a', 9_000))) { On = Ids, Expect = ["414 uri-too-long"] },
        new("a long path with room", Named(new string('a', 1_500))) { On = Ids },
        new("a query of 9,000 characters", Asked($"?q={new string('a', 9_000)}")) { On = All, Expect = ["414 uri-too-long"] },
        new("an address of 70,000 characters", Asked($"?q={new string('a', 70_000)}")) { On = Reads, Expect = ["414 "], ByKestrel = true },
        new("an address of many odd characters", Asked($"?q={new string('|', 1_000)}&%%%")),
        new("ids with escapes", Named(
            "%2F", "a%2Fb", "%25", "a%25b", "%3F", "%23", "%20", "%5C", "a%5Cb", "%C3%A9", "%FF", "%zz", "%", "%2", "%252e%252e", "%7E", "%E2%80%AE",
            "..;", "...", "a;b", "a,b", "a@b", "a+b", "~", "(x)", "$", "[x]", "|")) { On = Ids },
        new("an id that is escaped for nothing", Named("%6E%6Fne%2D1")) { On = Ids },
        new("slashes and dots where none belong", Aimed(target =>
        [
            $"/{target}", $"/.{target}", $"/x/..{target}", $"{target}/", $"{target}//", $"{target}/.", $"{target}/..", $"{target}/x/..", $"{target}/%2E%2E",
            target.Replace("/api/", "/api//"), target.Replace("/api/", "/api%2F"), target.Replace("/api/", "/API/"), target.Replace("/api/", "/%61pi/"),
        ])) { On = call => Ids(call) && call.Method != "DELETE" },
        new("queries that are none", Asked(
            "?", "??", "?%", "?%zz=%z", "?a=%FF", "?=x&&=&", "?limit=1&limit=2&", "?a=1#b", "?a=\"<>\\^`{|}", "?a=%00", "?;=;", "?cursor=%E9&limit=1", "?limit=%zz",
            "?limit=+1", "?limit=1;limit=2")),
        new("a path that Kestrel does not read", Named("a%00b", "caf\u00e9", "a b")) { On = Ids, Expect = ["400 "], ByKestrel = true },
        new("a host that is none", Asked(" HTTP/1.1\r\nHost: a b\r\nX:")) { On = Reads, Expect = ["400 "], ByKestrel = true },
        new("another protocol", Asked("\r\n", " HTTP/9.9\r\n")) { On = Reads, Expect = ["400 ", "505 "], ByKestrel = true },

        // Methods.
        new("a method that the path does not know", call => ((string[])["PATCH", "TRACE", "CONNECT", "FOO", "PROPFIND", "M-SEARCH"]).Select(method => EdgeRequest.Of(call) with { Method = method }))
            { On = All, Expect = ["405 method-not-allowed"] },
        new("a method in small letters", call => [EdgeRequest.Of(call) with { Method = call.Method.ToLowerInvariant() }]),
    ];

    static Row Header(string name, params string[] headers) =>
        new(name, call => [headers.Chunk(2).Aggregate(EdgeRequest.Of(call), (request, header) => request.With(header[0], header[1]))]);

    /// <summary>With a header, of each of these values.</summary>
    static Func<Operation, IEnumerable<EdgeRequest>> Valued(string header, params string[] values) => call => values.Select(value => EdgeRequest.Of(call).With(header, value));

    /// <summary>With each of these bodies.</summary>
    static Func<Operation, IEnumerable<EdgeRequest>> Bodied(params string[] bodies) => call => bodies.Select(body => EdgeRequest.Of(call).WithBody(body));

    /// <summary>With a body of each of these types; null: it has none.</summary>
    static Func<Operation, IEnumerable<EdgeRequest>> Typed(string body, params string?[] types) =>
        call => types.Select(type => EdgeRequest.Of(call).WithBody(body) with { ContentType = type });

    /// <summary>With a body whose length is said by this header alone.</summary>
    static Func<Operation, IEnumerable<EdgeRequest>> Framed(string body, string header, params string[] values) =>
        call => values.Select(value => (EdgeRequest.Of(call).WithBody(body) with { Framing = Framing.Unsaid }).With(header, value));

    /// <summary>With each of these where the path has ids.</summary>
    static Func<Operation, IEnumerable<EdgeRequest>> Named(params string[] ids) => call => ids.Select(id => EdgeRequest.Of(call) with { Target = call.TargetWith(id) });

    /// <summary>With each of these behind the path.</summary>
    static Func<Operation, IEnumerable<EdgeRequest>> Asked(params string[] queries) => Aimed(target => queries.Select(query => target + query));

    /// <summary>At each of these addresses.</summary>
    static Func<Operation, IEnumerable<EdgeRequest>> Aimed(Func<string, IEnumerable<string>> targets) =>
        call => targets(call.Target).Select(target => EdgeRequest.Of(call) with { Target = target });

    static Row NoAscii(string header, string value, string how) =>
        new($"{header} that is no printable ASCII, {how}", header == "Content-Type" ? Typed("{}", value) : Valued(header, value))
        {
            On = header == "Content-Type" ? Writes : All,
            Expect = [Invalid],
            Names = header,
        };
}
