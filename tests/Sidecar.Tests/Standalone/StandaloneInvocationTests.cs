using System.Diagnostics;
using System.Net;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MallBots.Sidecar.Tests.Standalone;

/// <summary>Apps of several standalone sidecars, which find one another in Redis.</summary>
public sealed class StandaloneInvocationTests : IAsyncLifetime
{
    readonly string folder = SidecarUnderTest.NewFolder();
    readonly List<StandaloneSidecar> sidecars = [];
    RedisServer? redis;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "statestore.yaml"), redis.StateYaml, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sidecar in sidecars) await sidecar.DisposeAsync();
        if (redis is not null) await redis.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Two_apps_invoke_each_other_with_tokens_and_nothing_of_the_way_shows()
    {
        await using var annsApp = await AppAsync("ann");
        await using var bobsApp = await AppAsync("bob");
        var ann = await StartAsync("ann", annsApp, ("DAPR_API_TOKEN", "api"), ("APP_API_TOKEN", "app"));
        var bob = await StartAsync("bob", bobsApp, ("DAPR_API_TOKEN", "api"), ("APP_API_TOKEN", "app"));

        using var toBob = await ann.PostAsync("bob", "orders/o%20%C3%A4?x=1%262", "hello", token: "api");
        using var toAnn = await bob.PostAsync("ann", "", "hi", token: "api");

        Assert.Equal("bob: hello", await toBob.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.Created, toBob.StatusCode);
        Assert.Equal("ann: hi", await toAnn.Content.ReadAsStringAsync(Cancel));
        var received = Assert.Single(bobsApp.Calls, call => call.Method == "POST");
        Assert.Equal("/orders/o%20%C3%A4?x=1%262", received.Target);
        Assert.Equal("app", received.Headers["dapr-api-token"]);
        Assert.DoesNotContain(received.Headers.Keys, name => name.StartsWith("mallbots-", StringComparison.Ordinal));
        Assert.DoesNotContain(toBob.Headers, header => header.Key.StartsWith("mallbots-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_app_that_nobody_announced_is_unknown()
    {
        var ann = await StartAsync("ann", app: null);

        using var answer = await ann.PostAsync("nobody", "do", "");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("\"errorCode\":\"ERR_DIRECT_INVOKE\"", await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_forwarded_call_is_not_forwarded_on()
    {
        await using var bobsApp = await AppAsync("bob");
        var ann = await StartAsync("ann", app: null);
        await StartAsync("bob", bobsApp);

        using var answer = await ann.PostAsync("bob", "do", "", forwarded: true);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.DoesNotContain(bobsApp.Calls, call => call.Method == "POST");
    }

    [Fact]
    public async Task A_killed_sidecar_is_an_error_after_three_retries_and_is_found_again_on_another_port()
    {
        await using var bobsApp = await AppAsync("bob");
        var ann = await StartAsync("ann", app: null);
        var bob = await StartAsync("bob", bobsApp);
        using var before = await ann.PostAsync("bob", "do", "1");
        Assert.Equal(HttpStatusCode.Created, before.StatusCode);

        await bob.KillAsync();
        var watch = Stopwatch.StartNew();
        using var meanwhile = await ann.PostAsync("bob", "do", "2");
        var took = watch.Elapsed;
        var again = await StartAsync("bob", bobsApp);
        using var after = await ann.PostAsync("bob", "do", "3");

        Assert.Equal(HttpStatusCode.InternalServerError, meanwhile.StatusCode);
        Assert.Contains("ERR_DIRECT_INVOKE", await meanwhile.Content.ReadAsStringAsync(Cancel));
        Assert.True(took >= TimeSpan.FromSeconds(2.9), $"three pauses of a second (fact I4), but it took {took}");
        Assert.NotEqual(bob.Address, again.Address);
        Assert.Equal("bob: 3", await after.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_closed_app_behind_another_sidecar_is_repeated_by_the_policy_of_the_caller_only()
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "resiliency.yaml"),
            """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: {name: invocation}
            spec:
              policies:
                retries:
                  unavailable: {policy: constant, duration: 10ms, maxRetries: 2, matching: {httpStatusCodes: "503"}}
              targets:
                apps:
                  bob: {retry: unavailable}
            """,
            Cancel);
        await using var bobsApp = await TestApp.StartAsync(context =>
        {
            if (context.Request.Path == "/cut") context.Abort();
            context.Response.StatusCode = context.Request.Path == "/busy" ? 503 : 409;
            return Task.CompletedTask;
        });
        var ann = await StartAsync("ann", app: null);
        await StartAsync("bob", bobsApp);

        using var busy = await ann.PostAsync("bob", "busy", "");
        using var refused = await ann.PostAsync("bob", "refused", "");
        using var cut = await ann.PostAsync("bob", "cut", "");

        Assert.Equal((503, 3), ((int)busy.StatusCode, bobsApp.Calls.Count(call => call.Target == "/busy")));
        Assert.Equal((409, 1), ((int)refused.StatusCode, bobsApp.Calls.Count(call => call.Target == "/refused")));
        Assert.Equal((500, 3), ((int)cut.StatusCode, bobsApp.Calls.Count(call => call.Target == "/cut")));
    }

    [Fact]
    public async Task Instances_of_one_app_take_turns_and_one_that_ended_is_not_asked_any_more()
    {
        await using var first = await AppAsync("first");
        await using var second = await AppAsync("second");
        var ann = await StartAsync("ann", app: null);
        var ends = await StartAsync("bob", first);
        await StartAsync("bob", second);

        var answers = new HashSet<string>();
        for (var call = 0; call < 4; call++) answers.Add(await AnswerAsync(ann));
        Assert.Equal(["first: x", "second: x"], answers.Order());

        await ends.KillAsync();
        for (var call = 0; call < 4; call++) Assert.Equal("second: x", await AnswerAsync(ann));

        static async Task<string> AnswerAsync(StandaloneSidecar caller)
        {
            using var answer = await caller.PostAsync("bob", "do", "x");
            return await answer.Content.ReadAsStringAsync(Cancel);
        }
    }

    static Task<TestApp> AppAsync(string name) => TestApp.StartAsync(context =>
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        return context.Response.WriteAsync($"{name}: {context.Items["body"]}");
    });

    async Task<StandaloneSidecar> StartAsync(string appId, TestApp? app, params (string Name, string Value)[] environment)
    {
        var sidecar = await StandaloneSidecar.StartAsync(appId, app?.Port ?? 0, folder, environment);
        sidecars.Add(sidecar);

        // Connected once the app was asked for its subscriptions.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (app is not null && app.Requests.IsEmpty) await timer.WaitForNextTickAsync(Cancel);
        return sidecar;
    }
}
