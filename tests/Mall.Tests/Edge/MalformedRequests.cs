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
        new("two Idempotency-Keys", call => [EdgeRequest.Of(call).With("Idempotency-Key", "a").With("Idempotency-Key", "b")]) { On = All, Expect = [Invalid], Names = "Idempotency-Key" },
        new("two Content-Types", call => [EdgeRequest.Of(call).With("Content-Type", "application/json")]) { On = Bodies, Expect = [Invalid], Names = "Content-Type" },
        new("an empty Idempotency-Key", call => [EdgeRequest.Of(call).WithBody("{}").With("Idempotency-Key", "")]) { On = call => call.Method == "POST" && call.TakesBody, Expect = [Invalid] },
        new("a long Idempotency-Key", call => [EdgeRequest.Of(call).WithBody("{}").With("Idempotency-Key", new('k', 101))]) { On = call => call.Method == "POST" && call.TakesBody, Expect = [Invalid] },
        new("If-Match that is none", call => ((string[])["", "abc", "\"", "W/", "\"3", "1,2", "\"x\""]).Select(tag => EdgeRequest.Of(call).With("If-Match", tag))),
        new("If-None-Match that is none", call => ((string[])["", "abc", "\"", "W/", "1,2", "\"x\""]).Select(tag => EdgeRequest.Of(call).With("If-None-Match", tag))),
        new("one header of 64 KB", call => [EdgeRequest.Of(call).With("X-Long", new('a', 64_000))]) { On = All, Expect = ["431 headers-too-large"] },
        new("a thousand headers", call => [Enumerable.Range(0, 150).Aggregate(EdgeRequest.Of(call), (request, n) => request.With($"X-{n}", "1"))]) { On = All, Expect = ["431 headers-too-large"] },
        new("a header for the services of 4 KB", call => [EdgeRequest.Of(call).With("Authorization", new('a', 4_000))]) { On = All, Expect = ["431 headers-too-large"] },
        new("more than 128 KiB of headers", call => [EdgeRequest.Of(call).With("X-Long", new('a', 140_000))]) { On = Reads, Expect = ["431 "], ByKestrel = true },
        new("a name that can be none", call => [EdgeRequest.Of(call).With("X (odd)", "1"), EdgeRequest.Of(call).With("", "1")]) { On = Reads, Expect = ["400 "], ByKestrel = true },

        // Bodies and their framing.
        new("a chunked body over 1 MiB", call => [EdgeRequest.Of(call) with { Body = new byte[1024 * 1024 + 1], Framing = Framing.Chunked }]) { On = Writes, Expect = ["413 body-too-large"] },
        new("a body that is said to be over 1 MiB", call => [(EdgeRequest.Of(call) with { Body = [], Framing = Framing.Unsaid }).With("Content-Length", "2000000")])
            { On = call => call.Method != "GET", Expect = ["413 body-too-large"] },
        new("a body longer than said", call => [(EdgeRequest.Of(call).WithBody("""{"name":"x"}""") with { Framing = Framing.Unsaid }).With("Content-Length", "4")]) { On = Bodies, Expect = [Invalid] },
        new("a length that is none", call => ((string[])["-1", "ten", "5, 6", "99999999999999999999"]).Select(length => (EdgeRequest.Of(call) with { Framing = Framing.Unsaid }).With("Content-Length", length)))
            { On = Bodies, Expect = ["400 "], ByKestrel = true },
        new("chunks that are none", call => [(EdgeRequest.Of(call).WithBody("zz\r\n{}\r\n0\r\n\r\n") with { Framing = Framing.Unsaid }).With("Transfer-Encoding", "chunked")]) { On = Bodies, Expect = [Invalid] },
        new("a coding that nobody knows", call => [(EdgeRequest.Of(call) with { Framing = Framing.Unsaid }).With("Transfer-Encoding", "gzip")]) { On = Bodies, Expect = ["400 ", "501 "], ByKestrel = true },
        new("a body after Expect: 100-continue", call => [EdgeRequest.Of(call).With("Expect", "100-continue")]) { On = Bodies, Expect = [Invalid] },
        new("an expectation that nobody knows", call => [EdgeRequest.Of(call).With("Expect", "wonders")]) { On = Bodies, Expect = [Invalid] },

        // JSON.
        new("JSON that is none", call => ((string[])["{", "", " ", "}", "nothing", "{\"name\":}", "{\"name\":\"x\",}", "{'name':'x'}", "{/**/}", "NaN", "{} {}", "\ufeff{", new string('[', 5_000)])
            .Select(json => EdgeRequest.Of(call).WithBody(json))) { On = Bodies, Expect = [Invalid] },
        new("JSON of another type", call => ((string[])["[]", "\"x\"", "1", "true", "null"]).Select(json => EdgeRequest.Of(call).WithBody(json))) { On = Bodies, Expect = [Invalid] },
        new("bytes that are no UTF-8", call => [EdgeRequest.Of(call) with { Body = Encoding.Latin1.GetBytes("{\"name\":\"caf\u00e9\"}") }]) { On = Bodies, Expect = [Invalid] },
        new("a field that nobody knows", call => [EdgeRequest.Of(call).WithBody("""{"noSuchField":1}""")]) { On = Bodies, Expect = [Invalid] },
        new("half a surrogate", call => [EdgeRequest.Of(call).WithBody("""{"name":"\ud800"}"""), EdgeRequest.Of(call).WithBody("""{"\ud800":1}""")]) { On = Bodies, Expect = [Invalid] },
        new("a field that is there twice", call => [EdgeRequest.Of(call).WithBody("""{"name":"a","name":"b"}""")]) { On = Bodies, Expect = [Invalid] },
        new("a body of another type", call => ((string?[])[null, "", "text/plain", "application/xml", "json", "multipart/form-data; boundary=x", "application/octet-stream", "application/jsonx"])
            .Select(type => EdgeRequest.Of(call).WithBody("{}") with { ContentType = type })) { On = Bodies, Expect = ["415 media-type"] },

        // Addresses.
        new("a path of 9,000 characters", call => [EdgeRequest.Of(call) with { Target = call.TargetWith(new('a', 9_000)) }]) { On = Ids, Expect = ["414 uri-too-long"] },
        new("a long path with room", call => [EdgeRequest.Of(call) with { Target = call.TargetWith(new('a', 1_500)) }]) { On = Ids },
        new("a query of 9,000 characters", call => [EdgeRequest.Of(call) with { Target = $"{call.Target}?q={new string('a', 9_000)}" }]) { On = All, Expect = ["414 uri-too-long"] },
        new("an address of 70,000 characters", call => [EdgeRequest.Of(call) with { Target = $"{call.Target}?q={new string('a', 70_000)}" }]) { On = Reads, Expect = ["414 "], ByKestrel = true },
        new("an address of many odd characters", call => [EdgeRequest.Of(call) with { Target = $"{call.Target}?q={new string('|', 1_000)}&%%%" }]),
        new("ids with escapes", call => ((string[])["%2F", "a%2Fb", "%25", "a%25b", "%3F", "%23", "%20", "%5C", "a%5Cb", "%C3%A9", "%FF", "%zz", "%", "%2", "%252e%252e", "%7E", "..;", "...", "a;b", "a,b", "a@b", "a+b", "~", "(x)", "$", "%E2%80%AE", "[x]", "|"])
            .Select(id => EdgeRequest.Of(call) with { Target = call.TargetWith(id) })) { On = Ids },
        new("an id that is escaped for nothing", call => [EdgeRequest.Of(call) with { Target = call.TargetWith("%6E%6Fne%2D1") }]) { On = Ids },
        new("slashes and dots where none belong", call => ((string[])["/" + call.Target, "/./" + call.Target[1..], "/x/.." + call.Target, call.Target + "/", call.Target + "//", call.Target.Replace("/api/", "/api//"), call.Target + "/.", call.Target + "/..", call.Target + "/x/..", call.Target.Replace("/api/", "/api%2F"), call.Target.Replace("/api/", "/API/"), call.Target + "/%2E%2E", "/%61pi" + call.Target[4..]])
            .Select(target => EdgeRequest.Of(call) with { Target = target })) { On = call => Ids(call) && call.Method != "DELETE" },
        new("queries that are none", call => ((string[])["?", "??", "?%", "?%zz=%z", "?a=%FF", "?=x&&=&", "?limit=1&limit=2&", "?a=1#b", "?a=\"<>\\^`{|}", "?a=%00", "?;=;", "?cursor=%E9&limit=1", "?limit=%zz", "?limit=+1", "?limit=1;limit=2"])
            .Select(query => EdgeRequest.Of(call) with { Target = call.Target + query })),
        new("a path that Kestrel does not read", call => [EdgeRequest.Of(call) with { Target = call.TargetWith("a%00b") }, EdgeRequest.Of(call) with { Target = call.TargetWith("caf\u00e9") }, EdgeRequest.Of(call) with { Target = call.TargetWith("a b") }])
            { On = Ids, Expect = ["400 "], ByKestrel = true },
        new("a host that is none", call => [EdgeRequest.Of(call) with { Target = call.Target + " HTTP/1.1\r\nHost: a b\r\nX:" }]) { On = Reads, Expect = ["400 "], ByKestrel = true },
        new("another protocol", call => [EdgeRequest.Of(call) with { Target = call.Target + "\r\n" }, EdgeRequest.Of(call) with { Target = call.Target + " HTTP/9.9\r\n" }]) { On = Reads, Expect = ["400 ", "505 "], ByKestrel = true },

        // Methods.
        new("a method that the path does not know", call => ((string[])["PATCH", "TRACE", "CONNECT", "FOO", "PROPFIND", "M-SEARCH"]).Select(method => EdgeRequest.Of(call) with { Method = method }))
            { On = All, Expect = ["405 method-not-allowed"] },
        new("a method in small letters", call => [EdgeRequest.Of(call) with { Method = call.Method.ToLowerInvariant() }]),
    ];

    /// <summary>Not in the table yet: services answer 500 to these until they read charsets; then they join the others.</summary>
    public static IReadOnlyList<Row> OfCharsets { get; } =
    [
        new("a charset that is UTF-8 under another name", call => ((string[])["application/json; charset=utf8", "application/json; charset=\"utf-8\"", "application/json;charset=UTF-8"])
            .Select(type => EdgeRequest.Of(call).WithBody("{") with { ContentType = type })) { On = Bodies, Expect = [Invalid] },
        new("a charset that nobody knows", call => [EdgeRequest.Of(call).WithBody("{}") with { ContentType = "application/json; charset=bogus" }]) { On = Bodies, Expect = ["415 media-type"] },
    ];

    static Row Header(string name, params string[] headers) =>
        new(name, call => [headers.Chunk(2).Aggregate(EdgeRequest.Of(call), (request, header) => request.With(header[0], header[1]))]);

    static Row NoAscii(string header, string value, string how) =>
        new($"{header} that is no printable ASCII, {how}", call => [header == "Content-Type" ? EdgeRequest.Of(call) with { ContentType = value, Body = "{}"u8.ToArray() } : EdgeRequest.Of(call).With(header, value)])
        {
            On = header == "Content-Type" ? Writes : All,
            Expect = [Invalid],
            Names = header,
        };
}
