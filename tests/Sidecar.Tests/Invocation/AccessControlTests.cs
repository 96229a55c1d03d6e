using System.Net;
using System.Text.Json;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Invocation;

/// <summary>Who may invoke an app that has an access control list (fact I6).</summary>
public sealed class AccessControlTests : IAsyncLifetime
{
    const string Retries = """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: {name: invocation}
        spec:
          policies: {retries: {unavailable: {policy: constant, duration: 137ms, maxRetries: 2, matching: {httpStatusCodes: "503"}}}}
          targets: {apps: {retried: {retry: unavailable}}}
        """;

    static readonly AccessControl List = new([
        new CallerPolicy("caller", [
            new AllowedOperation("/orders/*", ["GET", "POST"]),
            new AllowedOperation("/lower", ["get"]),
            new AllowedOperation("/internal/**", ["*"]),
            new AllowedOperation("/two words", ["GET"]),
        ]),
        new CallerPolicy("empty", []),
    ]);

    readonly CountedPauses pauses = new(TimeSpan.FromMilliseconds(137));
    SidecarUnderTest sidecar = null!;
    TestApp callee = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        callee = await TestApp.StartAsync(_ => Task.CompletedTask);
        sidecar = await SidecarUnderTest.StartAsync(
            [Retries], ["rec", "caller", "empty", "stranger", "callee", "retried", "open"], pauses, access: new() { ["callee"] = List, ["retried"] = List });
        sidecar.Sidecar.Connect("callee", callee.Port);
        sidecar.Sidecar.Connect("open", callee.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await sidecar.DisposeAsync();
        await callee.DisposeAsync();
    }

    [Theory]
    [InlineData("caller", "GET", "/orders/1", 200)]
    [InlineData("caller", "POST", "/orders", 200)]
    [InlineData("caller", "GET", "/ORDERS/1?x=1", 200)]
    [InlineData("caller", "GET", "//orders/./1/", 200)]
    [InlineData("caller", "GET", "/internal/%2E%2E/orders/1", 200)]
    [InlineData("caller", "DELETE", "/internal/a/b", 200)]
    [InlineData("caller", "REPORT", "/orders/1", 200)] // Becomes a POST on its way (fact I5).
    [InlineData("caller", "GET", "/two%20words", 200)]
    [InlineData("caller", "GET", "/orders%20/1", 403)]
    [InlineData("caller", "DELETE", "/orders/1", 403)]
    [InlineData("caller", "GET", "/orders/1/lines", 403)]
    [InlineData("caller", "GET", "/orders/1%2Flines", 403)]
    [InlineData("caller", "GET", "/orders/../secret", 403)]
    [InlineData("caller", "GET", "/internal/%2e%2e/secret", 403)]
    [InlineData("caller", "GET", "/lower", 403)] // Verbs are told apart by case.
    [InlineData("caller", "GET", "/", 403)]
    [InlineData("empty", "GET", "/orders/1", 403)]
    [InlineData("stranger", "GET", "/orders/1", 403)]
    [InlineData("callee", "GET", "/anything", 200)] // Its own calls get to no list.
    public async Task A_call_is_let_through_only_when_the_list_has_caller_path_and_verb(string caller, string verb, string path, int status)
    {
        using var client = sidecar.ClientOf(caller);
        using var byPath = new HttpRequestMessage(new HttpMethod(verb), Raw(client, "/v1.0/invoke/callee/method" + path));
        using var byHeader = new HttpRequestMessage(new HttpMethod(verb), Raw(client, path)) { Headers = { { "dapr-app-id", "callee" } } };
        foreach (var request in new[] { byPath, byHeader })
        {
            using var answer = await client.SendAsync(request, Cancel);
            Assert.Equal(status, (int)answer.StatusCode);
        }

        Assert.Equal(status == 200 ? 2 : 0, callee.Calls.Count());
    }

    [Fact]
    public async Task A_refusal_is_the_document_of_the_real_one()
    {
        using var client = sidecar.ClientOf("stranger");
        using var answer = await client.GetAsync("/v1.0/invoke/callee/method/orders/1", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("ERR_DIRECT_INVOKE", document.RootElement.GetProperty("errorCode").GetString());
        Assert.Equal(
            "failed to invoke, id: callee, err: rpc error: code = PermissionDenied desc = access control policy has denied access to id: stranger operation: orders/1 verb: GET",
            document.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_retry_policy_repeats_a_refusal_whatever_it_matches()
    {
        using var client = sidecar.ClientOf("stranger");
        using var answer = await client.GetAsync("/v1.0/invoke/retried/method/orders/1", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(2, pauses.Count);
    }

    [Fact]
    public async Task An_app_without_a_list_lets_everyone_in()
    {
        using var client = sidecar.ClientOf("stranger");
        using var answer = await client.DeleteAsync("/v1.0/invoke/open/method/anything", Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    static Uri Raw(HttpClient client, string path) =>
        new($"{client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>The real time, which counts the pauses of a length: those between the attempts of the policy above.</summary>
    sealed class CountedPauses(TimeSpan length) : TimeProvider
    {
        int count;

        public int Count => Volatile.Read(ref count);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == length) Interlocked.Increment(ref count);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
