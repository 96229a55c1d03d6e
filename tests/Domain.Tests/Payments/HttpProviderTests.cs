using System.Collections.Concurrent;
using MallBots.Payments;
using MallBots.Payments.Provider;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Outside;
using Microsoft.Extensions.DependencyInjection;
using WireMock;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using WireMock.Types;
using WireMock.Util;
using Xunit;

namespace MallBots.Domain.Tests.Payments;

/// <summary>The HTTP adapter against a provider that is well, declines, is busy, broken, slow, talks nonsense, or answers twice.</summary>
public sealed class HttpProviderTests : IDisposable
{
    const string Scenario = "provider";
    readonly WireMockServer server = WireMockServer.Start();
    readonly Secrets secrets = new();
    readonly TaskCompletionSource hung = new();
    readonly IPaymentProvider provider;

    public HttpProviderTests() => provider = Provider(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        hung.SetResult();
        server.Dispose();
    }

    IPaymentProvider Provider(TimeSpan timeout)
    {
        var options = new PaymentsOptions { ProviderAddress = new Uri(server.Url!), ProviderTimeout = timeout, ProviderRetryDelay = TimeSpan.FromMilliseconds(1) };
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<ISecrets>(secrets).AddSingleton(
            new KitOptions { AppId = "payments", DaprHttpEndpoint = "", DaprGrpcEndpoint = "", AppApiToken = "", Currency = "EUR" });
        HttpProvider.Add(services, options);
        return services.BuildServiceProvider().GetRequiredService<IPaymentProvider>();
    }

    [Fact]
    public async Task Success_carries_amount_currency_key_and_api_key()
    {
        Answer("authorize", 200, "{\"result\":\"accepted\"}");
        Assert.Equal(ProviderAnswer.Accepted, await provider.Authorize("p-1", 59.90m, "p-1-authorize", default));

        var asked = Assert.Single(server.LogEntries).RequestMessage!;
        Assert.Equal("{\"amount\":59.90,\"currency\":\"EUR\"}", asked.Body);
        Assert.Equal("p-1-authorize", asked.Headers!["Idempotency-Key"].Single());
        Assert.Equal("Bearer first", asked.Headers["Authorization"].Single());
    }

    [Fact]
    public async Task Capture_and_void_have_paths_of_their_own()
    {
        Answer("capture", 200, "{\"result\":\"accepted\"}");
        Answer("void", 200, "{\"result\":\"accepted\"}");
        Assert.Equal(ProviderAnswer.Accepted, await provider.Capture("p-1", 40m, "k-1", default));
        Assert.Equal(ProviderAnswer.Accepted, await provider.Void("p-1", "k-2", default));
        Assert.Equal(["{\"amount\":40,\"currency\":\"EUR\"}", "{\"currency\":\"EUR\"}"], server.LogEntries.Select(entry => entry.RequestMessage!.Body));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(402)]
    public async Task A_decline_is_final_and_not_repeated(int status)
    {
        Answer("authorize", status, "{\"result\":\"declined\",\"reason\":\"insufficient funds\"}");
        Assert.Equal(ProviderAnswer.Declined, await provider.Authorize("p-1", 50m, "k-1", default));
        Assert.Single(server.LogEntries);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task A_provider_that_is_busy_or_broken_for_a_moment_is_asked_again_with_the_same_key(int status)
    {
        Fails(once => once.WithStatusCode(status).WithHeader("Retry-After", "0"));
        Assert.Equal(ProviderAnswer.Accepted, await provider.Authorize("p-1", 50m, "k-1", default));
        Assert.Equal(["k-1", "k-1"], Keys());
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_repeated_with_the_same_key()
    {
        var keys = new ConcurrentQueue<string>();
        server.Given(Request.Create().UsingPost()).RespondWith(Response.Create().WithCallback(async call =>
        {
            // WireMock's scenarios move on only after an answer, so they can't tell a repetition of a call that hangs.
            keys.Enqueue(call.Headers!["Idempotency-Key"].Single());
            if (keys.Count == 1) await hung.Task;
            return new ResponseMessage { StatusCode = 200, BodyData = new BodyData { BodyAsString = "{\"result\":\"accepted\"}", DetectedBodyType = BodyType.String } };
        }));
        Assert.Equal(ProviderAnswer.Accepted, await Provider(TimeSpan.FromSeconds(2)).Authorize("p-1", 50m, "k-1", default));
        Assert.True(keys.Count > 1);
        Assert.All(keys, key => Assert.Equal("k-1", key));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_provider_that_gives_no_answer_has_not_declined(int status)
    {
        Answer("authorize", status, "{\"result\":\"declined\"}");
        Assert.Equal(ProviderAnswer.Unavailable, await provider.Authorize("p-1", 50m, "k-1", default));
        Assert.Single(Keys().Distinct());
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>It works!</html>")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"result\":\"maybe\"}")]
    [InlineData("{\"result\":1}")]
    [InlineData("{\"result\":null}")]
    public async Task Garbage_is_no_answer(string body)
    {
        Answer("authorize", 200, body);
        Assert.Equal(ProviderAnswer.Unavailable, await provider.Authorize("p-1", 50m, "k-1", default));
    }

    [Fact]
    public async Task A_provider_that_never_answers_is_unavailable()
    {
        server.Given(Request.Create().UsingPost()).RespondWith(Response.Create().WithDelay(TimeSpan.FromMinutes(1)));
        Assert.Equal(ProviderAnswer.Unavailable, await Provider(TimeSpan.FromMilliseconds(100)).Authorize("p-1", 50m, "k-1", default));
    }

    [Fact]
    public async Task A_provider_that_is_gone_is_unavailable()
    {
        server.Stop();
        Assert.Equal(ProviderAnswer.Unavailable, await provider.Authorize("p-1", 50m, "k-1", default));
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_no_answer_either()
    {
        server.Given(Request.Create().UsingPost()).RespondWith(Response.Create().WithDelay(TimeSpan.FromMinutes(1)));
        using var gone = new CancellationTokenSource();
        var call = provider.Authorize("p-1", 50m, "k-1", gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_new_api_key_is_fetched_when_the_old_one_is_refused()
    {
        server.Given(Request.Create().UsingPost().WithHeader("Authorization", "Bearer first")).RespondWith(Response.Create().WithStatusCode(401));
        server.Given(Request.Create().UsingPost().WithHeader("Authorization", "Bearer second")).RespondWith(Response.Create().WithStatusCode(200).WithBody("{\"result\":\"accepted\"}"));
        Assert.Equal(ProviderAnswer.Unavailable, await provider.Authorize("p-1", 50m, "k-1", default));
        secrets.ApiKey = "second";
        Assert.Equal(ProviderAnswer.Accepted, await provider.Authorize("p-1", 50m, "k-1", default));
    }

    void Answer(string action, int status, string body) =>
        server.Given(Request.Create().UsingPost().WithPath($"/payments/p-1/{action}")).RespondWith(Response.Create().WithStatusCode(status).WithBody(body));

    /// <summary>The first call fails as told, those after it are accepted.</summary>
    void Fails(Func<IResponseBuilder, IResponseBuilder> once)
    {
        server.Given(Request.Create().UsingPost()).InScenario(Scenario).WillSetStateTo("well").RespondWith(once(Response.Create()));
        server.Given(Request.Create().UsingPost()).InScenario(Scenario).WhenStateIs("well").RespondWith(Response.Create().WithStatusCode(200).WithBody("{\"result\":\"accepted\"}"));
    }

    IEnumerable<string> Keys() => server.LogEntries.Select(entry => entry.RequestMessage!.Headers!["Idempotency-Key"].Single());

    sealed class Secrets : ISecrets
    {
        public string ApiKey { get; set; } = "first";

        public Task<string> Get(string name, CancellationToken cancel) =>
            name == "payment-provider-api-key" ? Task.FromResult(ApiKey) : throw new ArgumentOutOfRangeException(nameof(name), name, null);
    }
}
