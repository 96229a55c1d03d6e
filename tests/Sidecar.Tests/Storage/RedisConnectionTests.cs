using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Storage;

/// <summary>Why a Redis can't be used is said in one line: the password, the address, the database, or that it is no Redis.</summary>
public sealed class RedisConnectionTests
{
    [Theory]
    [InlineData("state.redis", "sesame", "", "0", "wants one (NOAUTH): set redisPassword")]
    [InlineData("pubsub.redis", "sesame", "", "0", "wants one (NOAUTH): set redisPassword")]
    [InlineData("state.redis", "sesame", "open", "0", "does not take (WRONGPASS): correct redisPassword")]
    [InlineData("pubsub.redis", "sesame", "open", "3", "does not take (WRONGPASS): correct redisPassword")]
    [InlineData("state.redis", "sesame", "sesame", "99", "correct redisDB")]
    [InlineData("pubsub.redis", "sesame", "sesame", "99", "correct redisDB")]
    public async Task A_wrong_password_or_database_is_said_to_be_one(string type, string password, string given, string database, string reason)
    {
        await using var redis = await RedisServer.StartAsync(password: password);
        var message = await WhyNot(type, redis.Host, given, database);
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Contains(redis.Host, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_right_password_connects()
    {
        await using var redis = await RedisServer.StartAsync(password: "sesame");
        await using var sidecar = await SidecarUnderTest.StartAsync([Redis("state.redis", redis.Host, "sesame", "2")]);
        using var answer = await sidecar.Http.GetAsync("/v1.0/state/engine/nothing", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Theory]
    [InlineData("state.redis", "file", "sesame")]
    [InlineData("pubsub.redis", "file", "sesame")]
    [InlineData("state.redis", "env", "sesame")]
    [InlineData("pubsub.redis", "env", "sesame")]
    [InlineData("state.redis", "file", "")] // An empty secret is no password, and Redis wants none.
    [InlineData("pubsub.redis", "file", "")]
    public async Task The_password_comes_from_a_secret_store(string type, string store, string password)
    {
        await using var redis = await RedisServer.StartAsync(password: password.Length > 0 ? password : null);
        var folder = SidecarUnderTest.NewFolder();
        var secrets = Path.Combine(folder, "secrets.json");
        await File.WriteAllTextAsync(secrets, JsonSerializer.Serialize(new { redis = new { password } }), TestContext.Current.CancellationToken);
        Environment.SetEnvironmentVariable("REDIS_PASSWORD_OF_A_TEST", password);
        var name = store == "file" ? "redis:password" : "REDIS_PASSWORD_OF_A_TEST";
        string[] yaml =
        [
            $"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata:
              name: engine
            auth:
              secretStore: secrets
            spec:
              type: {type}
              version: v1
              metadata:
              - name: redisHost
                value: "{redis.Host}"
              - name: redisPassword
                secretKeyRef:
                  name: "{name}"
                  key: "{name}"
            """,
            store == "file" ? Yaml.Component("secrets", "secretstores.local.file", ("secretsFile", secrets)) : Yaml.Component("secrets", "secretstores.local.env"),
        ];
        await using (var sidecar = await SidecarUnderTest.StartAsync(yaml))
        {
            using var answer = type == "state.redis"
                ? await sidecar.Http.GetAsync("/v1.0/state/engine/nothing", TestContext.Current.CancellationToken)
                : await sidecar.Http.PostAsync("/v1.0/publish/engine/store", new StringContent("1"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("state.redis")]
    [InlineData("pubsub.redis")]
    public async Task A_port_that_nobody_listens_on_is_said_to_be_one(string type)
    {
        var port = FreePorts.Row(1);
        Assert.Contains($"cannot reach Redis at 127.0.0.1:{port}: nobody listens there", await WhyNot(type, $"127.0.0.1:{port}", "", "0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_something_else_listens_on_is_said_to_be_one()
    {
        using var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var stop = new CancellationTokenSource();
        var answering = AnswerAsWeb(web, stop.Token);
        var component = new Component("engine", "state.redis", "v1", new Dictionary<string, string> { ["redisHost"] = web.LocalEndpoint.ToString()! }, [], new SourceLine("x.yaml", 1));

        var problem = await MallBots.Sidecar.Storage.RedisConnectionText.ProblemOfAsync(component);

        await stop.CancelAsync();
        await answering;
        Assert.Contains($"cannot talk to what listens at {web.LocalEndpoint}: it does not answer as Redis does", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_standalone_sidecar_says_it_in_one_line()
    {
        await using var redis = await RedisServer.StartAsync(password: "sesame");
        var folder = SidecarUnderTest.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "x.yaml"), Redis("state.redis", redis.Host, "open", "0"), TestContext.Current.CancellationToken);
        string[] arguments = ["--app-id", "rec", "--dapr-http-port", "0", "--dapr-grpc-port", "0", "--resources-path", folder, "--data", folder];
        using var sidecar = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MallBots.Sidecar.dll"), .. arguments]) { RedirectStandardError = true })!;

        var told = await sidecar.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await sidecar.WaitForExitAsync(TestContext.Current.CancellationToken);

        Directory.Delete(folder, recursive: true);
        Assert.Equal(1, sidecar.ExitCode);
        Assert.Contains("WRONGPASS", Assert.Single(told.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    static async Task<string> WhyNot(string type, string host, string password, string database)
    {
        var fault = await Assert.ThrowsAsync<ResourceException>(() => SidecarUnderTest.StartAsync([Redis(type, host, password, database)]));
        Assert.DoesNotContain('\n', fault.Message);
        return fault.Message;
    }

    static string Redis(string type, string host, string password, string database) =>
        Yaml.Component("engine", type, ("redisHost", host), ("redisPassword", password), ("redisDB", database));

    static async Task AnswerAsWeb(TcpListener listener, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                var stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[64], 1, throwOnEndOfStream: false, stop);
                await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is through.
        }
    }
}
