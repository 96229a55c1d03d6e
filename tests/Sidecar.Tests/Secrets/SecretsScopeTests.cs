using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Client.Autogen.Grpc.v1;
using Grpc.Core;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Secrets;

/// <summary>What an app may read by the Configuration's `spec.secrets.scopes`, in each of the four ways that there are to read a secret (fact R7).</summary>
public sealed class SecretsScopeTests : IClassFixture<SecretsScopeTests.Sidecars>
{
    const string Everything = "one two three ONE";

    static readonly string[] Names = Everything.Split(' ');

    // The entry of the scopes without its storeName; the secrets that may be read.
    static readonly (string Scope, string Readable)[] Rights =
    [
        ("defaultAccess: deny", ""),
        ("defaultAccess: deny, deniedSecrets: [two]", ""),
        ("defaultAccess: deny, allowedSecrets: [two, one]", "one two"),
        ("defaultAccess: deny, allowedSecrets: [one], deniedSecrets: [two]", "one"),
        ("defaultAccess: deny, allowedSecrets: [two, one], deniedSecrets: [one]", "one two"), // Denied too, and yet: the list of the allowed goes first.
        ("defaultAccess: deny, allowedSecrets: [four]", ""),
        ("defaultAccess: deny, allowedSecrets: [], deniedSecrets: []", ""),
        ("defaultAccess: allow", Everything),
        ("defaultAccess: allow, deniedSecrets: [two, one]", "three ONE"), // Names are told apart by case.
        ("defaultAccess: allow, allowedSecrets: [one]", "one"),
        ("defaultAccess: allow, allowedSecrets: [one], deniedSecrets: [two]", "one"), // Not "three", which no list names.
        ("defaultAccess: allow, allowedSecrets: [two, one], deniedSecrets: [one]", "one two"),
        ("defaultAccess: allow, allowedSecrets: [four]", ""),
        ("defaultAccess: allow, allowedSecrets: [], deniedSecrets: []", Everything),
        ("", Everything),
        ("deniedSecrets: [two, one]", "three ONE"),
        ("allowedSecrets: [one]", "one"),
        ("allowedSecrets: [one], deniedSecrets: [two]", "one"),
        ("allowedSecrets: [two, one], deniedSecrets: [one]", "one two"),
        ("defaultAccess: DeNy", ""), // The value's case does not count.
        ("defaultAccess: AlloW, deniedSecrets: [one]", "two three ONE"),
        ("defaultAccess: ''", Everything),
    ];

    readonly SidecarUnderTest sidecar;

    public SecretsScopeTests(Sidecars sidecars) => sidecar = sidecars.Sidecar;

    public static TheoryData<string, string, string> Table =>
    [
        .. Rights.Select((right, row) => new TheoryDataRow<string, string, string>($"store{row}", right.Scope, right.Readable)),
        new("unnamed", "no scope", Everything),
        new("STORE0", "the scope of store0, told apart by case", Everything),
    ];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Over_http_an_app_reads_the_secrets_that_it_may(string store, string scope, string readable)
    {
        foreach (var name in Names)
        {
            using var answer = await sidecar.Http.GetAsync($"/v1.0/secrets/{store}/{name}", Cancel);
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
            if (readable.Split(' ').Contains(name))
            {
                Assert.Equal((scope, name, HttpStatusCode.OK, $"value of {name}"), (scope, name, answer.StatusCode, (string?)body[name]));
                continue;
            }

            Assert.Equal((scope, name, HttpStatusCode.Forbidden, "ERR_PERMISSION_DENIED"), (scope, name, answer.StatusCode, (string?)body["errorCode"]));
            Assert.Equal($"access denied by policy to get \"{name}\" from \"{store}\"", (string?)body["message"]);
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Over_grpc_an_app_reads_the_secrets_that_it_may(string store, string scope, string readable)
    {
        foreach (var name in Names)
        {
            var (value, refusal) = await GetOverGrpcAsync(store, name);
            if (readable.Split(' ').Contains(name))
            {
                Assert.Equal((scope, name, $"value of {name}", null), (scope, name, value, refusal?.Detail));
                continue;
            }

            Assert.Equal((scope, name, null, StatusCode.PermissionDenied), (scope, name, value, refusal?.StatusCode));
            Assert.Equal($"access denied by policy to get \"{name}\" from \"{store}\"", refusal?.Detail);
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task In_bulk_an_app_gets_the_secrets_that_it_may_and_no_error_for_the_others(string store, string scope, string readable)
    {
        var expected = (scope, string.Join(' ', readable.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)));

        var overHttp = await sidecar.Http.GetStringAsync($"/v1.0/secrets/{store}/bulk", Cancel);
        var overGrpc = await Grpc().GetBulkSecretAsync(new GetBulkSecretRequest { StoreName = store }, cancellationToken: Cancel);

        var secrets = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(overHttp)!;
        Assert.Equal(expected, (scope, string.Join(' ', secrets.Keys.Order(StringComparer.Ordinal))));
        Assert.All(secrets, secret => Assert.Equal($"value of {secret.Key}", Assert.Single(secret.Value).Value));
        Assert.Equal(expected, (scope, string.Join(' ', overGrpc.Data.Keys.Order(StringComparer.Ordinal))));
        Assert.All(overGrpc.Data, secret => Assert.Equal($"value of {secret.Key}", Assert.Single(secret.Value.Secrets).Value));
    }

    [Theory]
    [InlineData("store0", "four", 403, "ERR_PERMISSION_DENIED")] // As one that is there: an app does not learn which there are.
    [InlineData("store7", "four", 500, "ERR_SECRET_GET")]
    [InlineData("hidden", "one", 401, "ERR_SECRET_STORE_NOT_FOUND")] // Denied, and not seen: the store comes first.
    [InlineData("nested", "two", 200, null)] // A secret of several values is allowed and denied by its own name.
    [InlineData("nested", "one", 403, "ERR_PERMISSION_DENIED")]
    [InlineData("nested", "o%6Ee", 403, "ERR_PERMISSION_DENIED")]
    public async Task What_is_refused_is_told_as_by_the_real_one(string store, string name, int status, string? code)
    {
        using var answer = await sidecar.Http.GetAsync($"/v1.0/secrets/{store}/{name}", Cancel);
        Assert.Equal((status, code), ((int)answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["errorCode"]));
    }

    [Fact]
    public async Task A_component_has_its_secret_from_a_store_that_is_denied_to_apps()
    {
        var folder = SidecarUnderTest.NewFolder();
        var file = Path.Combine(folder, "secrets.json");
        await File.WriteAllTextAsync(file, """{"database": "by-secret.db"}""", Cancel);
        string[] yaml =
        [
            Configuration("{storeName: vault, defaultAccess: deny, deniedSecrets: [database]}"),
            Yaml.Component("vault", "secretstores.local.file", ("secretsFile", file)),
            """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: statestore}
            auth: {secretStore: vault}
            spec:
              type: state.sqlite
              metadata:
              - {name: connectionString, secretKeyRef: {name: database}}
            """,
        ];
        await using (var denied = await SidecarUnderTest.StartAsync(yaml, folder: folder))
        {
            using var dapr = denied.DaprClientOf();
            await dapr.SaveStateAsync("statestore", "a", "kept", cancellationToken: Cancel);

            Assert.Equal("kept", await dapr.GetStateAsync<string>("statestore", "a", cancellationToken: Cancel));
            Assert.True(File.Exists(Path.Combine(folder, "data", "by-secret.db")));
            using var answer = await denied.Http.GetAsync("/v1.0/secrets/vault/database", Cancel);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Directory.Delete(folder, recursive: true);
    }

    static string Configuration(params IEnumerable<string> scopes) =>
        $"apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {{name: mall}}\nspec:\n  secrets:\n    scopes:\n{string.Concat(scopes.Select(scope => $"    - {scope}\n"))}";

    Dapr.Client.Autogen.Grpc.v1.Dapr.DaprClient Grpc() => new(sidecar.Channel);

    async Task<(string? Value, Status? Refusal)> GetOverGrpcAsync(string store, string name)
    {
        try
        {
            var answer = await Grpc().GetSecretAsync(new GetSecretRequest { StoreName = store, Key = name }, cancellationToken: Cancel);
            return (answer.Data[name], null);
        }
        catch (RpcException refused)
        {
            return (null, refused.Status);
        }
    }

    /// <summary>One sidecar for the whole table: each row is a store of its own.</summary>
    public sealed class Sidecars : IAsyncLifetime
    {
        public SidecarUnderTest Sidecar { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var folder = Directory.CreateTempSubdirectory("secrets-").FullName;
            var (flat, nested) = (Path.Combine(folder, "flat.json"), Path.Combine(folder, "nested.json"));
            await File.WriteAllTextAsync(flat, JsonSerializer.Serialize(Names.ToDictionary(name => name, name => $"value of {name}")));
            await File.WriteAllTextAsync(nested, """{"one": {"two": "a"}, "two": {"one": "b"}}""");
            var stores = Rights.Select((_, row) => $"store{row}").Concat(["unnamed", "STORE0"]);
            var scopes = Rights.Select((right, row) => $"{{storeName: store{row}{(right.Scope.Length > 0 ? ", " : "")}{right.Scope}}}")
                .Concat(["{storeName: hidden, defaultAccess: deny}", "{storeName: nested, allowedSecrets: [two]}"]);
            string[] yaml =
            [
                Configuration(scopes),
                .. stores.Select(store => Yaml.Component(store, "secretstores.local.file", ("secretsFile", flat))),
                Yaml.Component("hidden", "secretstores.local.file", ("secretsFile", flat)) + "\nscopes: [other]\n",
                Yaml.Component("nested", "secretstores.local.file", ("secretsFile", nested), ("multiValued", "true")),
            ];
            // The stores are read at the start.
            Sidecar = await SidecarUnderTest.StartAsync(yaml, inMemory: true);
            Directory.Delete(folder, recursive: true);
        }

        public async ValueTask DisposeAsync() => await Sidecar.DisposeAsync();
    }
}
