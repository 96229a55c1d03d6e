using System.Net;
using Xunit;
using static MallBots.Mall.Tests.Depot.DepotMall;

namespace MallBots.Mall.Tests.Depot;

/// <summary>What a caller can do wrong, against one mall with the list o-1 that waits.</summary>
public sealed class DepotProblemsTests(DepotProblemsTests.Fixture fixture) : IClassFixture<DepotProblemsTests.Fixture>
{
    [Theory]
    [InlineData("GET", "/api/shopping-lists/none", null, 404, "shopping-list-unknown")]
    [InlineData("GET", "/api/shopping-lists/no.id", null, 404, "shopping-list-unknown")]
    [InlineData("GET", "/api/shopping-lists?status=lost", null, 400, "invalid-request")]
    [InlineData("GET", "/api/shopping-lists?status=available&cursor=x", null, 400, "invalid-request")]
    [InlineData("GET", "/api/shopping-lists?status=available&cursor=MS4y!", null, 400, "invalid-request")]
    [InlineData("GET", "/api/shopping-lists?limit=201", null, 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/none/assign", "{\"botId\":\"b\"}", 404, "shopping-list-unknown")]
    [InlineData("POST", "/api/shopping-lists/o-1/assign", "{\"botId\":\"none\"}", 404, "bot-unknown")]
    [InlineData("POST", "/api/shopping-lists/o-1/assign", "{\"botId\":\"no.id\"}", 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/o-1/assign", "{}", 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/o-1/assign", "", 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/none/pick", "{\"botId\":\"b\",\"storeId\":\"s\",\"productId\":\"p\",\"quantity\":1}", 404, "shopping-list-unknown")]
    [InlineData("POST", "/api/shopping-lists/o-1/pick", "{\"botId\":\"b\",\"storeId\":\"s\",\"productId\":\"p\",\"quantity\":0}", 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/o-1/pick", "{\"botId\":\"b\",\"storeId\":\"s\",\"productId\":\"p\",\"quantity\":1001}", 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/o-1/pick", "{\"botId\":\"b\",\"storeId\":\"s\",\"productId\":\"p\",\"quantity\":1.5}", 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/o-1/pick", "{\"botId\":\"b\",\"storeId\":\"s\",\"productId\":\"p\",\"quantity\":99999999999}", 400, "invalid-request")]
    [InlineData("POST", "/api/shopping-lists/none/complete", "{\"botId\":\"b\"}", 404, "shopping-list-unknown")]
    [InlineData("POST", "/api/shopping-lists/o-1/complete", "{\"botId\":\"b\",\"everything\":\"yes\"}", 400, "invalid-request")]
    [InlineData("POST", "/api/bots", "{\"name\":\" \"}", 400, "invalid-request")]
    [InlineData("POST", "/api/bots", "{\"name\":\"Rolly\",\"legs\":2}", 400, "invalid-request")]
    [InlineData("GET", "/api/bots/none", null, 404, "bot-unknown")]
    [InlineData("PUT", "/api/bots/none/online", "{\"online\":true}", 404, "bot-unknown")]
    [InlineData("PUT", "/api/bots/none/online", "{\"online\":1}", 400, "invalid-request")]
    public async Task What_can_not_be_done_is_a_problem_document(string method, string path, string? body, int status, string code)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        await Expect((HttpStatusCode)status, code, fixture.Mall.Api.SendAsync(request));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal DepotMall Mall { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Mall = await DepotMall.Start(("Depot:SimulateBots", "false"));
            await Mall.Waiting("o-1");
        }

        public ValueTask DisposeAsync() => Mall.DisposeAsync();
    }
}
