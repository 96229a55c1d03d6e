using System.Runtime.CompilerServices;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Resiliency;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Components;

public sealed class ResourceFilesTests : IDisposable
{
    readonly string folder = SidecarUnderTest.NewFolder();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("embedded")]
    [InlineData("redis")]
    public void The_components_of_the_mall_are_read_without_a_warning(string engine)
    {
        var resources = ResourceFiles.Read([Path.Combine(Root(), "components", "common"), Path.Combine(Root(), "components", engine)]);

        Assert.Empty(resources.Warnings);
        Assert.Contains(resources.Components, component => component.Name == "statestore");
        Assert.Contains(resources.Components, component => component.Name == "pubsub");
        Assert.Equal(TimeSpan.FromSeconds(5), resources.Resiliency.ForApp("stores").Timeout);
        Assert.NotNull(resources.Resiliency.ForComponentInbound("pubsub").Retry);
        Assert.Equal(TimeSpan.FromMinutes(5), resources.Configuration.WorkflowRetention.Completed);
        // The passwords of the engines are for components alone; the keys of payments and search are not.
        Assert.False(resources.Configuration.SecretsScopes["environment"].Allows("MALLBOTS_REDIS_PASSWORD"));
        Assert.False(resources.Configuration.SecretsScopes.ContainsKey("secrets"));
    }

    [Fact]
    public void Metadata_comes_from_secrets_and_the_environment()
    {
        File.WriteAllText(Path.Combine(folder, "secrets.json"), """{"db": {"file": "mall.db"}}""");
        File.WriteAllText(Path.Combine(folder, "z.yaml"), Yaml.Component("vault", "secretstores.local.file", ("secretsFile", "secrets.json")));
        File.WriteAllText(Path.Combine(folder, "a.yaml"), """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: statestore}
            auth: {secretStore: vault}
            spec:
              type: state.sqlite
              metadata:
              - {name: connectionString, secretKeyRef: {name: "db:file"}}
              - {name: tableName, envRef: PATH}
            scopes: [depot]
            """);

        var component = ResourceFiles.Read([folder]).Components.Single(component => component.Name == "statestore");

        Assert.Equal("mall.db", component.Setting("CONNECTIONSTRING"));
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), component.Setting("tableName"));
        Assert.True(component.IsVisibleTo("depot"));
        Assert.False(component.IsVisibleTo("search"));
    }

    [Fact]
    public void Several_documents_of_one_file_and_several_policies_add_up()
    {
        File.WriteAllText(Path.Combine(folder, "a.yaml"), $"""
            {Yaml.MemoryState}
            ---
            {Yaml.Component("pubsub", "pubsub.in-memory")}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata:
              name: one
            spec:
              policies:
                retries:
                  again:
                    duration: 1s
                    maxRetries: 2
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata:
              name: two
            spec:
              targets:
                components:
                  pubsub:
                    inbound:
                      retry: again
            ---
            """);

        var resources = ResourceFiles.Read([folder]);

        Assert.Equal(["statestore", "pubsub"], resources.Components.Select(component => component.Name));
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)], resources.Resiliency.ForComponentInbound("pubsub").Retry!.Delays());
    }

    [Fact]
    public void Exponential_delays_grow_to_their_limit_and_end_after_a_quarter_of_an_hour()
    {
        var policy = new RetryPolicy("r", true, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), -1, null, null);

        var delays = policy.Delays().ToList();

        Assert.Equal([1, 1.5, 2.25], delays.Take(3).Select(delay => delay.TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(60), delays[^1]);
        Assert.InRange(delays.Sum(delay => delay.TotalMinutes), 15, 16);
    }

    [Fact]
    public void Constant_delays_without_a_limit_do_not_end() =>
        Assert.Equal(10_000, new RetryPolicy("r", false, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), -1, null, null).Delays().Take(10_000).Count());

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
