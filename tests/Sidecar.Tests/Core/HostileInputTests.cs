using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using FsCheck.Fluent;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>Whatever comes in, there is an answer, and the next caller is served.</summary>
public sealed class HostileInputTests
{
    static readonly int Inputs = LongForm.Rounds(300, 10_000);

    static readonly string[] Paths =
    [
        "state/statestore", "state/statestore/k", "state/statestore/bulk", "state/statestore/transaction", "publish/pubsub/topic", "publish/bulk/pubsub/topic",
        "invoke/rec/method/a", "bindings/files", "secrets/vault/x", "metadata", "metadata/k", "healthz", "workflows/dapr/w/start", "", "state", "%", "%2F%00",
    ];

    static readonly string[] Bodies =
    [
        "", "[]", "{}", "null", "[null]", "[1]", "\"", "[{\"key\":1}]", "[{\"key\":\"a\",\"value\":", "{\"keys\":[1]}", "{\"keys\":\"a\"}", "{\"operations\":[1]}",
        "{\"operations\":[{\"operation\":\"upsert\"}]}", "[{\"key\":\"\\ud800\",\"value\":\"\\ud800\"}]", "[{\"key\":\"a\",\"etag\":{},\"options\":[],\"metadata\":\"x\"}]",
        "{\"operation\":\"create\",\"metadata\":{\"fileName\":\"..\"}}", "{\"operation\":[]}", "[{\"entryId\":\"1\"},{\"entryId\":\"1\"}]", "\u0000\uffff",
    ];

    static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_http_request_is_answered()
    {
        await using var sidecar = await StartAsync();
        var requests = from method in Gen.Elements(Methods)
                       from path in Gen.Elements(Paths)
                       from body in Gen.OneOf(Gen.Elements(Bodies).Select(Encoding.UTF8.GetBytes), ArbMap.Default.GeneratorFor<byte[]>())
                       select (method, path, body);
        foreach (var (method, path, body) in requests.Sample(Inputs))
        {
            using var request = new HttpRequestMessage(HttpMethod.Parse(method), $"/v1.0/{path}") { Content = new ByteArrayContent(body) };
            using var response = await sidecar.Http.SendAsync(request, Cancel);
            var answer = await response.Content.ReadAsStringAsync(Cancel);
            Assert.False(answer.Contains("ERR_INTERNAL"), $"{method} {path} {Convert.ToHexString(body)}: {answer}");
        }

        await AssertServesAsync(sidecar);
    }

    [Fact]
    public async Task Broken_grpc_frames_end_with_a_status()
    {
        await using var sidecar = await StartAsync();
        using var http2 = new HttpClient();
        string[] methods = ["GetState", "SaveState", "PublishEvent", "ExecuteStateTransaction", "GetMetadata", "Nothing"];
        var frames = from method in Gen.Elements(methods)
                     from message in ArbMap.Default.GeneratorFor<byte[]>()
                     from length in Gen.Elements(0, message.Length, message.Length + 1, -1, 5_000_000)
                     from compressed in Gen.Elements<byte>(0, 0, 0, 1, 7)
                     select (method, frame: (byte[])[compressed, .. BitConverter.GetBytes(IPAddress.HostToNetworkOrder(length)), .. message]);
        foreach (var (method, frame) in frames.Sample(Inputs))
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Post, $"http://127.0.0.1:{sidecar.Sidecar[SidecarUnderTest.AppId].GrpcPort}/dapr.proto.runtime.v1.Dapr/{method}")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
            };
            using var response = await http2.SendAsync(request, Cancel);
            await response.Content.ReadAsByteArrayAsync(Cancel);
            Assert.True(response.Headers.Contains("grpc-status") || response.TrailingHeaders.Contains("grpc-status"), $"{method} {Convert.ToHexString(frame)}: {response}, trailers {response.TrailingHeaders}");
        }

        await AssertServesAsync(sidecar);
    }

    [Fact]
    public async Task Bytes_that_are_no_http_close_the_connection()
    {
        await using var sidecar = await StartAsync();
        var ports = sidecar.Sidecar[SidecarUnderTest.AppId];
        foreach (var garbage in ArbMap.Default.GeneratorFor<byte[]>().Where(bytes => bytes.Length > 0).Sample(Math.Min(Inputs, 100)))
        {
            foreach (var port in (int[])[ports.HttpPort, ports.GrpcPort])
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port, Cancel);
                await socket.SendAsync((byte[])[.. garbage, .. "\r\n\r\n"u8], Cancel);
                socket.Shutdown(SocketShutdown.Send);
                try
                {
                    while (await socket.ReceiveAsync(new byte[4096], Cancel) > 0)
                    {
                        // Read to the end: the other side closes.
                    }
                }
                catch (SocketException reset)
                {
                    Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
                }
            }
        }

        await AssertServesAsync(sidecar);
    }

    [Fact]
    public async Task A_body_over_4_MiB_is_malformed()
    {
        await using var sidecar = await StartAsync();
        var body = "[{\"key\":\"a\",\"value\":\"" + new string('x', 5 * 1024 * 1024) + "\"}]";
        using var response = await sidecar.Http.PostAsync("/v1.0/state/statestore", new StringContent(body), Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("ERR_MALFORMED_REQUEST", await response.Content.ReadAsStringAsync(Cancel));
    }

    static Task<SidecarUnderTest> StartAsync() => SidecarUnderTest.StartAsync(
        [Yaml.MemoryState, Yaml.Component("pubsub", "pubsub.in-memory"), Yaml.Component("files", "bindings.localstorage", ("rootPath", "files"))], inMemory: true);

    static async Task AssertServesAsync(SidecarUnderTest sidecar)
    {
        using var dapr = sidecar.DaprClientOf();
        await dapr.SaveStateAsync("statestore", "after", 1, cancellationToken: Cancel);
        Assert.Equal(1, await dapr.GetStateAsync<int>("statestore", "after", cancellationToken: Cancel));
        Assert.True(await dapr.CheckHealthAsync(Cancel));
    }
}
