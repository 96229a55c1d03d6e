using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Chart.Tests.Mall;

/// <summary>The mall's chart, rendered once with all the settings that tests look at.</summary>
public sealed class MallChart : IAsyncLifetime
{
    public const string Folder = "helm/mallbots";

    /// <summary>Maps in which a user may write any key.</summary>
    public static readonly string[] FreeMaps =
    [
        "global", "commonLabels", "image.digests", "dapr.annotations", "gateway.service.annotations", "defaults.podLabels", "defaults.podAnnotations", "defaults.nodeSelector",
        "defaults.affinity", "defaults.extraEnv.*", "defaults.extraVolumes.*", "defaults.extraVolumeMounts.*", "defaults.tolerations.*", "gatewayApi.parentRefs.*",
        "networkPolicy.gatewayFrom.*", "networkPolicy.probesFrom.*", "networkPolicy.backendsTo.*", "networkPolicy.dnsTo.*", "networkPolicy.extraEgress.*", "defaults.serviceAccount.annotations", "ingress.annotations", "serviceMonitor.labels",
        .. Apps.All.Select(app => $"services.{app.Id}"), // The schema gives them what `defaults` has.
    ];

    /// <summary>What every cluster has.</summary>
    public const string ServiceAccount = """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default","namespace":"shop"}}""";

    const string Production = """
        broker: kafka
        state: postgres
        postgres: {host: db.example, existingSecret: db}
        kafka: {brokers: 'k1:9093,k2:9094', authType: password, saslUsername: mall, existingSecret: kafka, tls: true}
        search: {database: postgres, existingSecret: search-db}
        payments: {provider: {baseAddress: 'https://pay.example:8443'}}
        tokens: {apiToken: {existingSecret: api}, appToken: {existingSecret: app}}
        defaults: {replicas: 2, autoscaling: {enabled: true}}
        networkPolicy: {enabled: true, gatewayFrom: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress}}}], probesFrom: [{ipBlock: {cidr: 10.0.0.0/8}}]}
        ingress: {enabled: true, className: nginx, host: mall.example, tls: {secretName: mall-tls}}
        serviceMonitor: {enabled: true}
        tracing: {otlpEndpoint: 'otel.monitoring:4317'}
        """;

    /// <summary>The settings that are rendered, by name.</summary>
    public static readonly IReadOnlyDictionary<string, Setting> Settings = new Dictionary<string, Setting>
    {
        ["defaults"] = In(),
        ["demo"] = In() with { ValueFiles = [$"{Folder}/values-demo.yaml"] },
        ["demo-kafka-postgres"] = In("{broker: kafka, state: postgres, search: {database: postgres}, networkPolicy: {enabled: true}, accessControl: {enabled: false}, dapr: {mtls: false}}") with { ValueFiles = [$"{Folder}/values-demo.yaml"] },
        ["kafka"] = In("{broker: kafka}"),
        ["postgres"] = In("{state: postgres, postgres: {password: p}}"),
        ["two-replicas"] = In("{search: {database: postgres}, postgres: {password: p}, defaults: {replicas: 2}, services: {gateway: {replicas: 3}, customers: {replicas: 1}}}"),
        ["redis-password"] = In("{redis: {existingSecret: redis-secret, username: mall, tls: true, extraMetadata: [{name: redisDB, value: '2'}]}}"),
        ["no-access-control"] = In("{accessControl: {enabled: false}, dapr: {mtls: false}}"),
        ["network-policy"] = In("{networkPolicy: {enabled: true}}"),
        ["unmeasured"] = In("{metrics: {enabled: false}}"),
        ["routes"] = In("{gatewayApi: {enabled: true, parentRefs: [{name: main}], hostnames: [mall.example]}, sms: {type: bindings.twilio.sms, metadata: [{name: accountSid, secretKeyRef: {name: twilio, key: sid}}]}}"),
        // As under helm template: nothing can be looked up.
        ["production"] = new() { Values = [Production] },
        ["upgrade"] = In() with { Upgrade = true, Revision = 2, Objects = [ServiceAccount, Token("mall-mallbots-api-token", "YQ=="), Token("mall-mallbots-app-token", "Yg==")] },
    };

    public static TheoryData<string> Names => [.. Settings.Keys];

    internal IReadOnlyDictionary<string, RenderedChart> All { get; private set; } = new Dictionary<string, RenderedChart>();

    internal RenderedChart this[string setting] => All[setting];

    public async ValueTask InitializeAsync()
    {
        // A fixture can't skip: without Go the tests say it themselves, when they ask.
        if (!Renderer.IsThere) return;
        var rendered = await Renderer.Render(Folder, [.. Settings.Values]);
        All = Settings.Keys.Zip(rendered).ToDictionary(each => each.First, each => each.Second);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static Setting In(params string[] values) => new() { Values = values, Objects = [ServiceAccount] };

    /// <summary>Name of an app's objects.</summary>
    public static string NameOf(App app) => $"mall-mallbots-{app.Id}";

    static string Token(string name, string data) =>
        $$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{{name}}}","namespace":"shop"},"data":{"token":"{{{data}}}"}}""";
}

/// <summary>How tests look into documents.</summary>
static class Looking
{
    /// <summary>The names and values of a list of pairs, such as variables or a component's metadata; a reference counts as <c>name/key</c>.</summary>
    public static IReadOnlyDictionary<string, string> Pairs(this IEnumerable<YamlNode> list) => list.ToDictionary(
        pair => pair.Text("name"),
        pair => pair.Find("value") is YamlScalarNode value ? value.Value ?? ""
            : (pair.Find("secretKeyRef") ?? pair.Find("valueFrom", "secretKeyRef")) is { } secret ? $"{secret.Text("name")}/{(secret.Find("key") as YamlScalarNode)?.Value}" : "");

    public static Document DeploymentOf(this RenderedChart chart, App app) => chart["Deployment", MallChart.NameOf(app)];

    /// <summary>The Configuration that the app's sidecar is told to read.</summary>
    public static Document ConfigurationOf(this RenderedChart chart, App app) => chart["Configuration", chart.DeploymentOf(app).Annotation("dapr.io/config")];

    public static string Annotation(this Document deployment, string name) => deployment.Text("spec", "template", "metadata", "annotations", name);

    /// <summary>The app's container.</summary>
    public static YamlNode Container(this Document deployment) => deployment.At("spec", "template", "spec", "containers", "0");
}
