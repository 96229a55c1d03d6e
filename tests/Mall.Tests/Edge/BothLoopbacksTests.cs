using System.Net;
using System.Net.Sockets;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit.Hosting;
using MallBots.Sidecar;
using MallBots.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MallBots.Mall.Tests.Edge;

/// <summary>What listens on 127.0.0.1 listens on [::1] too, where there is IPv6.</summary>
public class BothLoopbacksTests
{
    static readonly string[] Hosts = Loopback.HasIPv6 ? ["127.0.0.1", "[::1]", "localhost"] : ["127.0.0.1", "localhost"];

    [Fact]
    public async Task A_service_of_the_local_run_answers_on_every_loopback_at_its_one_port()
    {
        var port = FreePorts.Row(1);
        await using var mall = await LocalMall.StartAsync(Options(port), TestContext.Current.CancellationToken);
        await EachAnswers(port, "/healthz");
        Assert.Equal(port, mall[Apps.Customers].Port);
    }

    [Fact]
    public async Task A_service_on_its_own_answers_on_every_loopback_at_its_APP_PORT()
    {
        var port = FreePorts.Row(1);
        await using var app = MallService.Build(
            Customers.Program.Service, [], new Dictionary<string, string?> { ["APP_PORT"] = $"{port}", ["APP_API_TOKEN"] = "secret", ["Journal:SweepEvery"] = "1:00:00" });
        await app.StartAsync(TestContext.Current.CancellationToken);
        await EachAnswers(port, "/healthz");
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_sidecar_answers_on_every_loopback_at_its_ports()
    {
        var port = FreePorts.Row(2);
        await using var sidecar = await EmbeddedSidecar.StartAsync(
            new SidecarOptions { ResourcesPaths = [] }, [new SidecarApp("shop", port, port + 1)], NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
        await EachAnswers(port, "/v1.0/healthz");
        foreach (var host in Hosts)
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(host.Trim('[', ']'), port + 1, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_port_that_is_in_use_on_one_loopback_alone_is_named()
    {
        foreach (var address in (IPAddress[])[IPAddress.Loopback, .. Loopback.HasIPv6 ? [IPAddress.IPv6Loopback] : Array.Empty<IPAddress>()])
        {
            var port = FreePorts.Row(1);
            using var taken = new TcpListener(address, port);
            taken.Start();
            var mistake = await Assert.ThrowsAsync<LocalMallException>(() => LocalMall.StartAsync(Options(port), TestContext.Current.CancellationToken));
            Assert.Contains($"port {port} (customers)", mistake.Message, StringComparison.Ordinal);
            var inUse = await Assert.ThrowsAsync<PortInUseException>(() => EmbeddedSidecar.StartAsync(
                new SidecarOptions { ResourcesPaths = [] }, [new SidecarApp("shop", port)], NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken));
            Assert.Equal(port, inUse.Port);
        }
    }

    [Fact]
    public void A_free_port_is_one_of_IPv4_alone() => Assert.Equal("http://127.0.0.1:0", Loopback.Urls(0));

    static LocalMallOptions Options(int port) => new() { Apps = [Apps.Customers], Ports = Ports.Fixed(port - Apps.Ports[Apps.Customers]) };

    static async Task EachAnswers(int port, string path)
    {
        foreach (var host in Hosts)
        {
            using var http = WatchedHttp.Client(new Uri($"http://{host}:{port}"));
            using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent, $"{host}: {answer.StatusCode}");
        }
    }
}
