using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using MallBots.Sidecar.Tests.Core;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MallBots.Sidecar.Tests.Invocation;

public sealed class InvocationTests
{
    const string Retries = """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: {name: invocation}
        spec:
          policies:
            timeouts: {answer: 300ms}
            retries:
              unavailable: {policy: constant, duration: 10ms, maxRetries: 2, matching: {httpStatusCodes: "503"}}
              everything: {policy: constant, duration: 10ms, maxRetries: 2}
          targets:
            apps:
              callee: {timeout: answer, retry: unavailable}
              strict: {retry: everything}
        """;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_invokes_another_with_the_genuine_client()
    {
        await using var callee = await TestApp.StartAsync(context => context.Response.WriteAsJsonAsync(new { path = context.Request.Path.Value }));
        await using var sidecar = await SidecarUnderTest.StartAsync([], ["caller", "callee", "rec"]);
        sidecar.Sidecar.Connect("callee", callee.Port);

        using var client = Dapr.Client.DaprClient.CreateInvokeHttpClient("callee", $"http://127.0.0.1:{sidecar.Sidecar["caller"].HttpPort}");
        var answer = await client.GetFromJsonAsync<Dictionary<string, string>>("/orders/o-1?x=1", Cancel);

        Assert.Equal("/orders/o-1", answer!["path"]);
        Assert.Equal("/orders/o-1?x=1", callee.Calls.Last().Target);
    }

    [Theory]
    [InlineData("callee", 503, 3)]
    [InlineData("callee", 500, 1)]
    [InlineData("callee", 409, 1)]
    [InlineData("strict", 409, 3)]
    [InlineData("strict", 401, 3)]
    [InlineData("strict", 204, 1)]
    public async Task Answers_are_repeated_as_the_policy_matches_them(string app, int status, int attempts)
    {
        await using var callee = await TestApp.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var sidecar = await SidecarUnderTest.StartAsync([Retries], ["rec", "callee", "strict"]);
        sidecar.Sidecar.Connect(app, callee.Port);

        using var response = await sidecar.Http.PostAsync($"/v1.0/invoke/{app}/method/do", new StringContent("body"), Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        var received = callee.Calls.Where(request => request.Target == "/do").ToList();
        Assert.Equal(attempts, received.Count);
        Assert.All(received, request => Assert.Equal("body", request.Body));
    }

    [Fact]
    public async Task An_attempt_that_exceeds_the_timeout_is_repeated_and_then_fails()
    {
        await using var callee = await TestApp.StartAsync(context => context.Request.Path == "/slow"
            ? Task.Delay(Timeout.Infinite, context.RequestAborted)
            : Task.CompletedTask);
        await using var sidecar = await SidecarUnderTest.StartAsync([Retries], ["rec", "callee"]);
        sidecar.Sidecar.Connect("callee", callee.Port);

        var watch = Stopwatch.StartNew();
        using var response = await sidecar.Http.GetAsync("/v1.0/invoke/callee/method/slow", Cancel);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("ERR_DIRECT_INVOKE", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(3, callee.Calls.Count(request => request.Target == "/slow"));
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(900), $"three attempts of 300 ms, but it took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("/v1.0/invoke/callee/method/a//b/", "/a/b")]
    [InlineData("/v1.0/invoke/callee/method/a%2Fb", "/a/b")]
    [InlineData("/v1.0/invoke/callee/method/a%20b", "/a%20b")]
    [InlineData("/v1.0/invoke/callee/method/./a/x/%2e%2e/b?q=%2F", "/a/b?q=%2F")]
    [InlineData("/v1.0/invoke/callee/method", "/")]
    public async Task Paths_are_cleaned_as_the_real_one_does(string path, string received)
    {
        await using var callee = await TestApp.StartAsync(_ => Task.CompletedTask);
        await using var sidecar = await SidecarUnderTest.StartAsync([], ["rec", "callee"]);
        sidecar.Sidecar.Connect("callee", callee.Port);

        using var response = await sidecar.Http.GetAsync(Raw(sidecar, path), Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(received, callee.Calls.Last().Target);
    }

    [Theory]
    [InlineData("/v1.0/invoke/callee/method/a%25b")]
    [InlineData("/v1.0/invoke/callee/method/a%3Fb")]
    [InlineData("/v1.0/invoke/callee/method/a%23b")]
    [InlineData("/v1.0/invoke/callee/method/a%0Ab")]
    [InlineData("/v1.0/invoke/closed/method/a")]
    public async Task What_cannot_be_invoked_is_a_500_of_its_own(string path)
    {
        await using var callee = await TestApp.StartAsync(_ => Task.CompletedTask);
        await using var sidecar = await SidecarUnderTest.StartAsync([], ["rec", "callee", "closed"]);
        sidecar.Sidecar.Connect("callee", callee.Port);

        using var response = await sidecar.Http.GetAsync(Raw(sidecar, path), Cancel);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("ERR_DIRECT_INVOKE", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task The_tokens_are_those_of_each_hop()
    {
        await using var callee = await TestApp.StartAsync(_ => Task.CompletedTask);
        await using var sidecar = await SidecarUnderTest.StartAsync([], ["rec", "callee"], apiToken: "outer", appApiToken: "inner");
        sidecar.Sidecar.Connect("callee", callee.Port);

        using var without = await sidecar.Http.GetAsync("/v1.0/invoke/callee/method/a", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal("invalid api token", await without.Content.ReadAsStringAsync(Cancel));
        using var health = await sidecar.Http.GetAsync("/v1.0/healthz", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, health.StatusCode);

        sidecar.Http.DefaultRequestHeaders.Add("dapr-api-token", "outer");
        using var with = await sidecar.Http.GetAsync("/v1.0/invoke/callee/method/a", Cancel);
        Assert.Equal(HttpStatusCode.OK, with.StatusCode);
        Assert.Equal("inner", callee.Calls.Last().Headers["dapr-api-token"]);
    }

    [Fact]
    public async Task A_body_over_4_MiB_is_a_500_and_a_large_answer_passes()
    {
        var large = new byte[5 * 1024 * 1024];
        await using var callee = await TestApp.StartAsync(context => context.Response.Body.WriteAsync(large).AsTask());
        await using var sidecar = await SidecarUnderTest.StartAsync([], ["rec", "callee"]);
        sidecar.Sidecar.Connect("callee", callee.Port);

        using var refused = await sidecar.Http.PostAsync("/v1.0/invoke/callee/method/a", new ByteArrayContent(large), Cancel);
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Equal(large.Length, (await sidecar.Http.GetByteArrayAsync("/v1.0/invoke/callee/method/a", Cancel)).Length);
    }

    [Fact]
    public async Task A_wrong_method_on_the_api_is_404()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState]);
        using var response = await sidecar.Http.PatchAsync("/v1.0/state/statestore", new StringContent("[]", Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    // The client would resolve dots and slashes itself.
    static Uri Raw(SidecarUnderTest sidecar, string path) =>
        new($"{sidecar.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
