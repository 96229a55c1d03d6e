using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MallBots.Sidecar.Tests.Core;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MallBots.Sidecar.Tests.Invocation;

/// <summary>Replays the transcript of invocation, metadata, health, secrets and bindings.</summary>
public sealed class OtherApisConformanceTests
{
    const string Transcript = "redis-invoke-and-others";

    [Fact]
    public async Task Invocation_secrets_bindings_and_health_answer_as_recorded()
    {
        var folder = SidecarUnderTest.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "secrets.json"), """{"redis": "s3cret"}""");
        await using var app = await TestApp.StartAsync(EchoAsync);
        await using var sidecar = await SidecarUnderTest.StartAsync(
            [
                Yaml.Component("secretstore", "secretstores.local.file", ("secretsFile", Path.Combine(folder, "secrets.json"))),
                Yaml.Component("files", "bindings.localstorage", ("rootPath", "files")),
            ],
            folder: folder);
        sidecar.Sidecar.Connect(SidecarUnderTest.AppId, app.Port);

        await ReplayAsync(sidecar.Http, app);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Plays the transcript; the app, which answers by <see cref="EchoAsync"/>, is already behind the sidecar.</summary>
    internal static async Task ReplayAsync(HttpClient http, TestApp app)
    {
        var differences = new List<string>();
        var leftOut = LeftOut.Of(Transcript);
        var played = 0;
        foreach (var entry in Recording.Load(Transcript))
        {
            var name = Recording.NameOf(entry);
            if (leftOut.ContainsKey(name)) continue;
            played++;
            try
            {
                if (entry["received"] is JsonArray received) AssertReceived(app, Assert.Single(received)!.AsObject());
                else await HttpReplay.AssertAsRecordedAsync(http, entry);
            }
            catch (Xunit.Sdk.XunitException difference)
            {
                differences.Add($"{name}: {difference.Message}");
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{Transcript}: {played} cases, {differences.Count} differ, {leftOut.Count} left out");
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    // What the app of the recordings did.
    internal static async Task EchoAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/echo"))
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{}");
            return;
        }

        context.Response.Headers["x-app"] = "yes";
        if (int.TryParse(context.Request.Query["code"], out var code)) context.Response.StatusCode = code;
        var answer = new JsonObject
        {
            ["method"] = context.Request.Method,
            ["path"] = context.Request.Path.Value,
            ["query"] = context.Request.QueryString.Value,
            ["body"] = (string)context.Items["body"]!,
        };
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.Default }));
    }

    static void AssertReceived(TestApp app, JsonObject recorded)
    {
        var received = app.Calls.Last();
        Assert.Equal(recorded["method"]!.GetValue<string>(), received.Method);
        Assert.Equal(recorded["path"]!.GetValue<string>(), received.Target);
        Assert.Equal(recorded["body"]!.GetValue<string>(), received.Body);
        foreach (var name in (string[])["x-custom", "content-type", "content-length"])
            Assert.Equal(recorded["headers"]![name]?.GetValue<string>(), received.Headers.GetValueOrDefault(name));

        // The caller's trace goes on; a request without one gets none here, where daprd sends one that is all zero.
        if (recorded["headers"]!["traceparent"]!.GetValue<string>() is var trace && !trace.StartsWith("00-000", StringComparison.Ordinal))
            Assert.Equal(trace, received.Headers["traceparent"]);
        Assert.DoesNotContain("dapr-app-id", received.Headers.Keys);
    }
}
