using System.Net.Sockets;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Edge;

/// <summary>Clients that stop in the middle, or go away.</summary>
public class SlowClientsTests
{
    static readonly EdgeRequest Half = new EdgeRequest("POST", "/api/stores").WithBody("""{"name":"Te""");

    static IEnumerable<EdgeRequest> Halves =>
    [
        (Half with { Framing = Framing.Unsaid }).With("Content-Length", "1000"),
        (Half.WithBody("1000\r\n{\"name\":\"Te") with { Framing = Framing.Unsaid }).With("Transfer-Encoding", "chunked"),
        (new EdgeRequest("PUT", "/api/stores/none-1/name") { Body = [], Framing = Framing.Unsaid }).With("Content-Length", "10"),
        (new EdgeRequest("GET", "/api/stores") { Body = [], Framing = Framing.Unsaid }).With("Content-Length", "10"),
    ];

    [Fact]
    public async Task A_body_that_stops_arriving_is_408_at_the_service_and_at_the_gateway()
    {
        await using var mall = await SmallMall.Start();
        await Task.WhenAll(Halves.SelectMany(half => (Task[])[Is408(Apps.Stores, half), Is408(Apps.Gateway, half)]));
        Assert.Empty(mall.Warnings);

        async Task Is408(string app, EdgeRequest half)
        {
            var answer = await RawHttp.Send(mall[app], half.ToBytes());
            Assert.True(answer is { Status: 408, Code: "request-timeout" }, $"{app} {half.Method}: {answer}");
            ProblemDocuments.Check(answer.Status, answer.Header("Content-Type"), answer.Body);
        }
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_no_line_in_a_log_and_nothing_under_way()
    {
        await using var mall = await SmallMall.Start();
        byte[] whole = new EdgeRequest("POST", "/api/stores").WithBody("""{"name":"Tea","location":"Here"}""").ToBytes();
        byte[][] all = [whole, .. Halves.Select(half => half.ToBytes())];
        foreach (var app in (string[])[Apps.Stores, Apps.Gateway])
        {
            foreach (var sent in all)
            {
                foreach (var rudely in (bool[])[true, false])
                {
                    var before = mall.Begun;
                    using var connection = new TcpClient { LingerState = new LingerOption(rudely, 0) };
                    await connection.ConnectAsync(mall[app].Host, mall[app].Port);
                    await connection.GetStream().WriteAsync(sent);
                    await Eventually.True(() => Task.FromResult(mall.Begun > before), TimeSpan.FromSeconds(30), "the request has come");
                    connection.Close();
                }
            }
        }

        await Eventually.True(() => Task.FromResult(mall.UnderWay == 0), TimeSpan.FromSeconds(30), "nothing is under way");
        Assert.Empty(mall.Warnings);
    }
}
