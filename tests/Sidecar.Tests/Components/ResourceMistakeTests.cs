using MallBots.Sidecar.Components;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Components;

/// <summary>A mistake in the resources folders is one line with file, line, name and what is known, and no start.</summary>
public sealed class ResourceMistakeTests : IDisposable
{
    const string Head = "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: statestore\n";

    readonly string folder = SidecarUnderTest.NewFolder();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(Head + "spec:\n  type: state.oracle\n", "a.yaml:6", "'statestore'", "state.oracle", "state.sqlite")]
    [InlineData(Head + "spec:\n  type: state.postgresql\n  version: v2\n", "a.yaml:6", "'statestore' has the unknown type 'state.postgresql'", "state.redis", "needs the Dapr runtime (dapr run -f .)")]
    [InlineData("apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: pubsub}\nspec: {type: pubsub.kafka}\n", "a.yaml:4", "'pubsub' has the unknown type 'pubsub.kafka'", "pubsub.redis", "needs the Dapr runtime (dapr run -f .)")]
    [InlineData(Head + "spec:\n  version: v1\n", "a.yaml:6", "'spec.type' is missing")]
    [InlineData(Head, "a.yaml:1", "'spec' is missing")]
    [InlineData(Head + "spec:\n  type: state.sqlite\n", "a.yaml:6", "'statestore'", "lacks the metadata 'connectionString'")]
    [InlineData(Head + "spec:\n  type: state.in-memory\n  metadata:\n  - name: a\n", "a.yaml:8", "'a'", "secretKeyRef")]
    [InlineData(Head + "spec:\n  type: state.in-memory\n  metadata:\n  - {name: a, value: 1}\n  - {name: A, value: 2}\n", "a.yaml:9", "'A' twice")]
    [InlineData(Head + "spec:\n  type: [state.in-memory]\n", "a.yaml:6", "'spec.type' must be a plain value")]
    [InlineData(Head + "spec: {type: state.in-memory}\nscopes: depot\n", "a.yaml:6", "'scopes' must be a list")]
    [InlineData(Head + "spec:\n  type: x\n nothing\n", "a.yaml:7", "no YAML")]
    [InlineData(Head + "metadata: {}\n", "a.yaml:5", "no YAML")]
    [InlineData("just a text", "a.yaml:1", "must be a mapping")]
    [InlineData("apiVersion: dapr.io/v1alpha1\nkind: Subscription\nmetadata: {name: s}\n", "a.yaml:2", "kind 'Subscription' of 's'", "Component, Configuration, Resiliency")]
    [InlineData("apiVersion: apps/v1\nkind: Component\nmetadata: {name: s}\n", "a.yaml:1", "'apps/v1'", "dapr.io/v1alpha1")]
    [InlineData(Head + "auth: {secretStore: vault}\nspec:\n  type: state.sqlite\n  metadata:\n  - {name: connectionString, secretKeyRef: {name: x}}\n", "a.yaml:9", "unknown secret store 'vault'")]
    public void A_mistake_in_a_component_is_told_with_its_place(string yaml, params string[] told) => AssertMistake(yaml, told);

    [Theory]
    [InlineData("    retries: {r: {policy: linear}}", "a.yaml:6", "'linear'", "constant, exponential")]
    [InlineData("    retries: {r: {duration: soon}}", "a.yaml:6", "'spec.policies.retries.r.duration' must be a duration")]
    [InlineData("    retries: {r: {maxRetries: many}}", "a.yaml:6", "a whole number")]
    [InlineData("    retries: {r: {matching: {httpStatusCodes: 5xx}}}", "a.yaml:6", "'r'", "429,500-599")]
    [InlineData("    timeouts: {t: 5}", "a.yaml:6", "a duration")]
    [InlineData("    retries: {r: {}}\n  targets: {apps: {a: {retry: q}}}", "a.yaml:7", "retry 'q' is not defined; defined are r")]
    [InlineData("    timeouts: {t: 5s}\n  targets: {components: {c: {inbound: {timeout: q}}}}", "a.yaml:7", "timeout 'q' is not defined; defined are t")]
    public void A_mistake_in_a_policy_is_told_with_its_place(string policies, params string[] told) =>
        AssertMistake($"apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {{name: p}}\nspec:\n  policies:\n{policies}\n", told);

    [Theory]
    [InlineData("[{storeName: vault, defaultAccess: never}]", "a.yaml:6", "'spec.secrets.scopes.defaultAccess' of store 'vault' must be allow or deny, not 'never'")]
    [InlineData("[{storeName: vault, defaultAccess: ' deny'}]", "a.yaml:6", "must be allow or deny, not ' deny'")]
    [InlineData("[{storeName: vault, defaultAccess: [deny]}]", "a.yaml:6", "'spec.secrets.scopes.defaultAccess' must be a plain value")]
    [InlineData("\n  - {defaultAccess: deny}", "a.yaml:7", "'spec.secrets.scopes.storeName' is missing")]
    [InlineData("\n  - {storeName: '', defaultAccess: deny}", "a.yaml:7", "'spec.secrets.scopes.storeName' must not be empty")]
    [InlineData("\n  - {storeName: vault, defaultAccess: deny}\n  - {storeName: vault, defaultAccess: allow}", "a.yaml:8", "has the store 'vault' twice", "a.yaml:7")]
    [InlineData("{storeName: vault}", "a.yaml:6", "'spec.secrets.scopes' must be a list")]
    [InlineData("[vault]", "a.yaml:6", "'spec.secrets.scopes' must be a list of mappings")]
    [InlineData("[{storeName: vault, allowedSecrets: key}]", "a.yaml:6", "'spec.secrets.scopes.allowedSecrets' must be a list")]
    [InlineData("[{storeName: vault, deniedSecrets: [{name: key}]}]", "a.yaml:6", "'spec.secrets.scopes.deniedSecrets' must be a list of texts")]
    public void A_mistake_in_the_scopes_of_secrets_is_told_with_its_place(string scopes, params string[] told) =>
        AssertMistake($"apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {{name: mall}}\nspec:\n secrets:\n  scopes: {scopes}\n", told);

    [Fact]
    public void A_second_configuration_is_told_with_both_places()
    {
        const string Configuration = "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: mall}\n";
        AssertMistake($"{Configuration}---\n{Configuration}", ["a.yaml:6", "an app has one Configuration; one is there already, in", "a.yaml:1"]);
    }

    [Fact]
    public void A_scope_whose_store_is_not_there_is_a_warning()
    {
        File.WriteAllText(
            Path.Combine(folder, "a.yaml"),
            $"{Yaml.MemoryState}\n---\n{Yaml.Component("vault", "secretstores.local.env")}\n---\n"
            + "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: mall}\nspec: {secrets: {scopes: [{storeName: vault}, {storeName: Vault}, {storeName: statestore}]}}\n");

        var warnings = ResourceFiles.Read([folder]).Warnings;

        Assert.Equal(["Vault", "statestore"], warnings.Select(warning => warning.Split('\'')[3]));
        Assert.All(warnings, warning => Assert.EndsWith("which is not a secret store here", warning, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_name_in_two_folders_is_told_with_both_places()
    {
        var other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        File.WriteAllText(Path.Combine(folder, "a.yaml"), Yaml.MemoryState);
        File.WriteAllText(Path.Combine(other, "b.yaml"), Yaml.MemoryState);

        var mistake = Assert.Throws<ResourceException>(() => ResourceFiles.Read([folder, other]));

        Assert.Contains("b.yaml:4", mistake.Message);
        Assert.Contains("'statestore' is there already", mistake.Message);
        Assert.Contains("a.yaml:1", mistake.Message);
    }

    [Theory]
    [InlineData("", "apps out of its scopes cannot see: its scopes are payments")]
    [InlineData("scopes: [payments, search]\n", "which search cannot see")]
    [InlineData("scopes: [payments]\n", null)]
    public void A_component_whose_secret_store_an_app_does_not_see_is_told(string scopes, string? told)
    {
        var store = Yaml.Component("secrets", "secretstores.local.env") + "\nscopes: [payments]\n---\n";
        var yaml = store + Head + "auth: {secretStore: secrets}\nspec:\n  type: state.redis\n  metadata:\n  - {name: redisHost, secretKeyRef: {name: PATH}}\n" + scopes;
        if (told is null)
        {
            File.WriteAllText(Path.Combine(folder, "a.yaml"), yaml);
            Assert.Equal(2, ResourceFiles.Read([folder]).Components.Count);
            return;
        }

        AssertMistake(yaml, ["component 'statestore' takes a secret from 'secrets'", told]);
    }

    [Fact]
    public void A_missing_folder_is_told() =>
        Assert.Contains("nowhere", Assert.Throws<ResourceException>(() => ResourceFiles.Read([Path.Combine(folder, "nowhere")])).Message);

    [Fact]
    public void A_valid_field_that_is_not_acted_on_is_a_warning()
    {
        File.WriteAllText(Path.Combine(folder, "a.yaml"), Head + "spec:\n  type: state.in-memory\n  ignoreErrors: true\n  metadata:\n  - {name: outboxPublishPubsub, value: p}\n");

        var warnings = ResourceFiles.Read([folder]).Warnings;

        Assert.Equal(2, warnings.Count);
        Assert.Contains(warnings, warning => warning.Contains("a.yaml:7") && warning.Contains("'spec.ignoreErrors'"));
        Assert.Contains(warnings, warning => warning.Contains("a.yaml:9") && warning.Contains("'outboxPublishPubsub'"));
    }

    [Fact]
    public void Each_field_of_a_configuration_that_is_not_acted_on_is_one_warning()
    {
        File.WriteAllText(
            Path.Combine(folder, "a.yaml"),
            """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata: {name: mall}
            spec:
              workflow: {stateRetentionPolicy: {completed: 1m}}
              secrets: {scopes: [{storeName: vault, defaultAccess: deny, allowedSecrets: [a], deniedSecrets: [b], allowed: [c]}], stores: []}
              accessControl: {defaultAction: deny, policies: [{appId: a, operations: [{name: /x, httpVerb: [GET], action: allow}]}]}
              tracing: {samplingRate: "1", otel: {protocol: grpc}}
              metric: {enabled: true}
              mtls: {enabled: true}
            """);

        File.WriteAllText(Path.Combine(folder, "b.yaml"), Yaml.Component("vault", "secretstores.local.env"));

        var warnings = ResourceFiles.Read([folder]).Warnings;

        Assert.Equal(
            ["accessControl", "tracing", "metric", "mtls", "secrets.stores", "secrets.scopes.allowed"],
            warnings.Select(warning => warning.Split('\'')[1]["spec.".Length..]));
    }

    [Fact]
    public void A_circuit_breaker_is_accepted_with_a_warning()
    {
        File.WriteAllText(
            Path.Combine(folder, "a.yaml"),
            "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: p}\nspec:\n  policies: {circuitBreakers: {cb: {maxRequests: 1}}}\n  targets: {apps: {a: {circuitBreaker: cb}}}\n");
        Assert.Contains("'cb'", Assert.Single(ResourceFiles.Read([folder]).Warnings));
    }

    void AssertMistake(string yaml, string[] told)
    {
        File.WriteAllText(Path.Combine(folder, "a.yaml"), yaml);
        var mistake = Assert.Throws<ResourceException>(() => ResourceFiles.Read([folder]));
        Assert.All(told, text => Assert.True(mistake.Message.Contains(text), mistake.Message));
        Assert.DoesNotContain('\n', mistake.Message);
    }
}
