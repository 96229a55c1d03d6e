using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Chart.Tests.Mall;

/// <summary>What the chart renders, against the code, the images, dapr.yaml and components/.</summary>
public sealed partial class MallChartTests(MallChart mall) : IClassFixture<MallChart>
{
    public static TheoryData<string> Names => MallChart.Names;

    [Fact]
    public void Every_value_has_a_comment_that_helm_docs_reads()
    {
        var values = ChartValues.Read(MallChart.Folder, MallChart.FreeMaps);
        Assert.Empty(ChartRules.Undocumented(values));
        Assert.Empty(ChartRules.Ambiguous(values));
        Assert.Empty(ChartRules.TableDiffers(MallChart.Folder, values));
    }

    [Fact]
    public async Task Every_value_is_read_and_every_value_that_is_read_is_there() =>
        Assert.Empty(ChartRules.Unread(ChartValues.Read(MallChart.Folder, MallChart.FreeMaps), await Renderer.Reads(MallChart.Folder)));

    [Fact]
    public void The_schema_knows_the_values_and_nothing_else() =>
        Assert.Empty(ChartRules.SchemaAndValuesDiffer(
            MallChart.Folder, ChartValues.Read(MallChart.Folder, MallChart.FreeMaps), ["global", "defaults.resources.limits.cpu", .. Apps.All.Select(app => $"services.{app.Id}")]));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_schema_takes_the_settings_and_the_documents_are_sound(string setting)
    {
        var chart = Rendered(setting);
        Assert.Empty(ChartRules.Refusals(MallChart.Folder, chart.Values!.Value));
        Assert.Empty(DocumentRules.Findings(chart));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_app_has_its_deployment_with_its_port_image_and_sidecar(string setting)
    {
        var chart = Rendered(setting);
        Assert.Equal(Apps.All.Select(MallChart.NameOf).Order(), chart.OfKind("Deployment").Select(each => each.Name).Order());
        foreach (var app in Apps.All)
        {
            var deployment = chart.DeploymentOf(app);
            var port = app.Port.ToString(CultureInfo.InvariantCulture);
            Assert.Equal("true", deployment.Annotation("dapr.io/enabled"));
            Assert.Equal(app.Id, deployment.Annotation("dapr.io/app-id"));
            Assert.Equal(port, deployment.Annotation("dapr.io/app-port"));
            Assert.Equal(port, deployment.Container().Text("ports", "0", "containerPort"));
            Assert.Equal($"http://*:{port}", Variables(deployment)["ASPNETCORE_URLS"]);
            Assert.Equal($"mallbots/{app.Id}:{ProductVersion}", deployment.Container().Text("image"));
            Assert.StartsWith($"{deployment.Name}-", chart.ConfigurationOf(app).Name, StringComparison.Ordinal);
            Assert.Equal(app.Id, Project(app).Descendants("ImageName").Single().Value);
        }
    }

    [Fact]
    public void The_charts_version_of_the_app_is_that_of_the_assemblies()
    {
        var chart = Repository.Yaml($"{MallChart.Folder}/Chart.yaml").Single();
        Assert.Equal(ProductVersion, chart.Text("appVersion"));
        Assert.Equal("v2", chart.Text("apiVersion"));
    }

    [Fact]
    public void The_user_is_that_of_the_images()
    {
        var properties = XDocument.Load(Repository.PathOf("Containers.targets"));
        var user = properties.Descendants("ContainerUser").First().Value;
        Assert.Equal(user, Rendered("defaults").DeploymentOf(Apps.Of(Apps.Stores)).Container().Text("securityContext", "runAsUser"));
    }

    /// <summary>A setting that no service reads would do nothing, without a word.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_variable_is_one_that_the_service_reads(string setting)
    {
        string[] ofTheFramework = ["ASPNETCORE_URLS", "DOTNET_EnableDiagnostics", "Logging__LogLevel__Default", "Logging__Console__FormatterName"];
        foreach (var app in Apps.All)
        {
            var source = string.Concat(
                Directory.EnumerateFiles(Repository.PathOf($"services/{app.Name}"), "*.cs", SearchOption.AllDirectories)
                    .Concat(Directory.EnumerateFiles(Repository.PathOf("services/ServiceKit"), "*.cs", SearchOption.AllDirectories))
                    .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                    .Select(File.ReadAllText));
            foreach (var variable in Variables(Rendered(setting).DeploymentOf(app)).Keys.Except(ofTheFramework))
                Assert.Contains($"\"{variable.Replace("__", ":", StringComparison.Ordinal)}\"", source, StringComparison.Ordinal);
        }
    }

    /// <summary>The chart's components are those of components/, but for where the engines are and how to sign in there.</summary>
    [Theory]
    [InlineData("defaults", "redis", "redis")]
    [InlineData("redis-password", "redis", "redis")]
    [InlineData("kafka", "kafka", "redis")]
    [InlineData("postgres", "redis", "postgres")]
    [InlineData("production", "kafka", "postgres")]
    [InlineData("demo-kafka-postgres", "kafka", "postgres")]
    public void Components_are_those_of_the_engines_folders(string setting, string broker, string state)
    {
        string[] places =
        [
            "redisHost", "redisPassword", "redisUsername", "enableTLS", "redisDB", "brokers", "authType", "disableTls", "saslUsername", "saslMechanism", "saslPassword",
            "connectionString", "password",
        ];
        foreach (var (name, engine) in new[] { ("pubsub", broker), ("statestore", state), ("workflowstore", state) })
        {
            var (chart, file) = (Rendered(setting)["Component", name], Repository.Yaml($"components/{engine}/{name}.yaml").Single());
            Assert.Equal((file.Text("spec", "type"), file.Text("spec", "version")), (chart.Text("spec", "type"), chart.Text("spec", "version")));
            Assert.Equal(file.At("scopes").Texts(), chart.At("scopes").Texts());
            Assert.Equal(WithoutPlaces((YamlSequenceNode)file.At("spec", "metadata")), WithoutPlaces(chart.Items("spec", "metadata")));
        }

        SortedDictionary<string, string> WithoutPlaces(IEnumerable<YamlNode> metadata) =>
            new(metadata.Pairs().Where(pair => !places.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value.Replace(" ", "", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Topic_rights_and_scopes_are_those_of_the_table_of_apps(string setting)
    {
        var pubsub = Rendered(setting)["Component", ComponentNames.PubSub];
        var rights = pubsub.Items("spec", "metadata").Pairs();
        var topics = string.Join(',', Topics.All.Select(topic => topic.Name));
        Assert.Equal((topics, topics), (rights["allowedTopics"], rights["protectedTopics"]));
        Assert.Equal(Scopes(app => app.Publishes), rights["publishingScopes"]);
        Assert.Equal(Scopes(app => app.Hears), rights["subscriptionScopes"]);
        foreach (var component in Rendered(setting).OfKind("Component").Where(component => component.Name != ComponentNames.Secrets))
            Assert.Equal(Apps.All.Where(app => app.Components.Contains(component.Name)).Select(app => app.Id), component.At("scopes").Texts());

        static string Scopes(Func<App, IReadOnlyList<Topic>> of) => string.Join(
            ';', Apps.All.Where(app => of(app).Count > 0).Select(app => $"{app.Id}={string.Join(',', of(app).Select(topic => topic.Name))}"));
    }

    [Theory]
    [InlineData("defaults", true)]
    [InlineData("kafka", false)]
    [InlineData("production", false)]
    public void Policies_are_those_of_components(string setting, bool inbound)
    {
        var chart = Rendered(setting);
        Same(Repository.Yaml("components/common/resiliency.yaml").Single(), chart["Resiliency", "invocation"].Root);
        Assert.Equal(inbound, chart.Has("Resiliency", "redis-inbound"));
        if (inbound) Same(Repository.Yaml("components/redis/resiliency.yaml").Single(), chart["Resiliency", "redis-inbound"].Root);

        static void Same(YamlNode file, YamlNode chart) => Assert.Equal(Flat(file.At("spec"), ""), Flat(chart.At("spec"), ""));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sidecars_let_in_whom_the_table_of_apps_names(string setting)
    {
        var chart = Rendered(setting);
        foreach (var app in Apps.All)
        {
            var configuration = chart.ConfigurationOf(app);
            if (setting is "no-access-control" or "demo-kafka-postgres")
            {
                Assert.Null(configuration.Find("spec", "accessControl"));
                continue;
            }

            Assert.Equal(("deny", "public"), (configuration.Text("spec", "accessControl", "defaultAction"), configuration.Text("spec", "accessControl", "trustDomain")));
            var expected = from route in app.InvokedRoutes
                           from caller in route.Callers
                           select $"{caller} {string.Join(',', route.Methods)} {route.Path}";
            var actual = new List<string>();
            foreach (var policy in configuration.Items("spec", "accessControl", "policies"))
            {
                Assert.Equal(("deny", "public", "shop"), (policy.Text("defaultAction"), policy.Text("trustDomain"), policy.Text("namespace")));
                foreach (var operation in (YamlSequenceNode)policy.At("operations"))
                {
                    Assert.Equal("allow", operation.Text("action"));
                    actual.Add($"{policy.Text("appId")} {string.Join(',', operation.At("httpVerb").Texts())} {operation.Text("name")}");
                }
            }

            Assert.Equal(expected.Order(), actual.Order());
        }
    }

    /// <summary>Helm changes Deployments before Dapr's objects: a new pod waits for the Configuration that is made with its components.</summary>
    [Fact]
    public async Task What_a_sidecar_reads_at_its_start_gives_its_configuration_another_name()
    {
        var changed = await Renderer.Render(MallChart.Folder, [
            MallChart.In(), MallChart.In("{redis: {username: mall}}"), MallChart.In("{broker: kafka}"), MallChart.In("{workflow: {keepFailed: 1h}}"), MallChart.In("{defaults: {replicas: 1}, mall: {currency: EUR}}")]);
        var names = changed.Select(chart => chart.ConfigurationOf(Apps.Of(Apps.OrderWorkflow)).Name).ToList();
        Assert.Equal(4, names.Distinct().Count());
        Assert.Equal(names[0], names[4]);
        Assert.Equal(changed[0].ConfigurationOf(Apps.Of(Apps.Baskets)).Name, changed[3].ConfigurationOf(Apps.Of(Apps.Baskets)).Name);
        var spec = changed[0].ConfigurationOf(Apps.Of(Apps.Baskets));
        Assert.Equal(("HotReload", "false"), (spec.Text("spec", "features", "0", "name"), spec.Text("spec", "features", "0", "enabled")));
        var unmeasured = Rendered("unmeasured").ConfigurationOf(Apps.Of(Apps.Baskets));
        Assert.Equal(("false", "false"), (unmeasured.Text("spec", "metric", "enabled"), unmeasured.Text("spec", "metrics", "enabled")));
    }

    /// <summary>What looks like a number or a boolean stays a text.</summary>
    [Fact]
    public async Task Texts_that_look_like_numbers_stay_texts()
    {
        var chart = await Renderer.Render(MallChart.Folder, new Setting
        {
            Name = "123.4",
            Objects = [MallChart.ServiceAccount],
            Values = [
                """
                demo: {enabled: true}
                state: postgres
                search: {database: postgres, volume: {storageClass: "5"}}
                postgres: {database: "123", user: "true", password: "456", passwordKey: "7"}
                redis: {existingSecret: "1", passwordKey: "2", username: "3"}
                tokens: {apiToken: {existingSecret: "10"}, appToken: {existingSecret: "11"}}
                defaults: {priorityClassName: "12"}
                payments: {provider: {baseAddress: "http://pay:8080", existingSecret: "13"}}
                image: {tag: "14", pullSecrets: ["15"]}
                networkPolicy: {enabled: true}
                """],
        });
        Assert.Empty(DocumentRules.Findings(chart));
        foreach (var document in chart.Documents) Assert.Empty(NumbersWhereTextsBelong(document.Root, document.ToString()));
        Assert.Contains("8080", string.Join(' ', ((YamlSequenceNode)chart["NetworkPolicy", "r123-4-mallbots-payments"].At("spec", "egress", "0", "ports")).Select(port => port.Text("port"))), StringComparison.Ordinal);

        static IEnumerable<string> NumbersWhereTextsBelong(YamlNode node, string path) => node switch
        {
            YamlMappingNode map => map.Children.SelectMany(child => child.Value is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } plain
                && child.Key.ToString() is "name" or "key" or "value" or "image" or "priorityClassName" or "storageClassName" or "secretName" && decimal.TryParse(plain.Value, CultureInfo.InvariantCulture, out _)
                ? [$"{path}.{child.Key}={child.Value}"]
                : NumbersWhereTextsBelong(child.Value, $"{path}.{child.Key}")),
            YamlSequenceNode list => list.SelectMany((item, index) => NumbersWhereTextsBelong(item, $"{path}[{index}]")),
            _ => [],
        };
    }

    [Fact]
    public void Ended_workflows_are_kept_as_long_as_elsewhere()
    {
        var file = Repository.Yaml("components/common/configuration.yaml").Single().At("spec", "workflow");
        foreach (var app in Apps.All)
        {
            var workflow = Rendered("defaults").ConfigurationOf(app).Find("spec", "workflow");
            Assert.Equal(app.RunsWorkflows ? Flat(file, "") : null, workflow is null ? null : Flat(workflow, ""));
        }
    }

    /// <summary>dapr.yaml and the chart ask the app for its health alike (facts R3, P12).</summary>
    [Fact]
    public void Health_checks_of_the_sidecars_are_those_of_dapr_yaml()
    {
        var common = Repository.Yaml("dapr.yaml").Single().At("common");
        var deployment = Rendered("defaults").DeploymentOf(Apps.Of(Apps.Baskets));
        Assert.Equal(
            (common.Text("enableAppHealthCheck"), common.Text("appHealthCheckPath"), common.Text("appHealthProbeInterval"), common.Text("appHealthProbeTimeout"), common.Text("appHealthThreshold"), common.Text("appProtocol")),
            (deployment.Annotation("dapr.io/enable-app-health-check"), deployment.Annotation("dapr.io/app-health-check-path"), deployment.Annotation("dapr.io/app-health-probe-interval"),
                deployment.Annotation("dapr.io/app-health-probe-timeout"), deployment.Annotation("dapr.io/app-health-threshold"), deployment.Annotation("dapr.io/app-protocol")));
    }

    /// <summary>The cluster learns, the app finishes, the sidecar goes after it, and nobody is killed in the middle.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Each_part_of_a_pods_end_has_its_time(string setting)
    {
        var hosting = File.ReadAllText(Repository.PathOf("services/ServiceKit/Hosting/MallService.cs"));
        var ofTheApp = int.Parse(ShutdownTimeout().Match(hosting).Groups[1].Value, CultureInfo.InvariantCulture);
        foreach (var deployment in Rendered(setting).OfKind("Deployment"))
        {
            var preStop = Seconds(deployment.Container().Text("lifecycle", "preStop", "sleep", "seconds"));
            var block = Seconds(deployment.Annotation("dapr.io/block-shutdown-duration").TrimEnd('s'));
            var graceful = Seconds(deployment.Annotation("dapr.io/graceful-shutdown-seconds"));
            var killed = Seconds(deployment.Text("spec", "template", "spec", "terminationGracePeriodSeconds"));
            Assert.True(block >= preStop + ofTheApp, $"{deployment}: the sidecar ends after {block} s, the app after {preStop} + {ofTheApp}.");
            Assert.True(killed >= block + graceful, $"{deployment}: killed after {killed} s, the sidecar ends after {block} + {graceful}.");
        }

        static int Seconds(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>A store that is away must not take every pod out of rotation: only the gateway's readiness asks somebody, its own sidecar.</summary>
    [Fact]
    public void Probes_ask_the_app_alone()
    {
        foreach (var app in Apps.All)
        {
            var container = Rendered("defaults").DeploymentOf(app).Container();
            Assert.Equal(
                ("/healthz", "/healthz", app.Id == Apps.Gateway ? "/readyz" : "/healthz"),
                (container.Text("startupProbe", "httpGet", "path"), container.Text("livenessProbe", "httpGet", "path"), container.Text("readinessProbe", "httpGet", "path")));
            Assert.All(["startupProbe", "livenessProbe", "readinessProbe"], probe => Assert.Equal("http", container.Text(probe, "httpGet", "port")));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_pod_is_root_or_writes_on_its_root_or_has_a_token_that_it_does_not_need(string setting)
    {
        foreach (var owner in Rendered(setting).Documents.Where(document => document.Kind is "Deployment" or "StatefulSet" or "Pod"))
        {
            var pod = owner.Kind == "Pod" ? owner.At("spec") : owner.At("spec", "template", "spec");
            Assert.Equal(("true", "RuntimeDefault", "false"), (pod.Text("securityContext", "runAsNonRoot"), pod.Text("securityContext", "seccompProfile", "type"), pod.Text("enableServiceLinks")));
            foreach (var container in (YamlSequenceNode)pod.At("containers"))
            {
                Assert.Equal("false", container.Text("securityContext", "allowPrivilegeEscalation"));
                Assert.Equal(["ALL"], container.At("securityContext", "capabilities", "drop").Texts());
                Assert.Equal(owner.Name.EndsWith("-kafka", StringComparison.Ordinal) ? "false" : "true", container.Text("securityContext", "readOnlyRootFilesystem"));
                Assert.NotNull(container.Find("resources", "requests", "memory"));
                Assert.NotNull(container.Find("resources", "limits", "memory"));
                Assert.Null(container.Find("resources", "limits", "cpu"));
            }

            Assert.Equal(Rendered(setting).Has("Role", owner.Name) ? "true" : "false", pod.Text("automountServiceAccountToken"));
        }
    }

    [Theory]
    [InlineData("defaults")]
    [InlineData("demo")]
    [InlineData("two-replicas", "search mall-mallbots-search-database")]
    [InlineData("production", "payments payment-provider-api-key", "search search-db")]
    public void Only_apps_that_read_secrets_may_and_those_by_name(string setting, params string[] expected)
    {
        var chart = Rendered(setting);
        Assert.Equal(expected.Select(line => line.Split(' ')[0]), chart.OfKind("Component").Where(component => component.Name == "secrets").SelectMany(component => component.At("scopes").Texts()));
        Assert.Equal(expected, chart.OfKind("Role").Select(role => $"{role.Name["mall-mallbots-".Length..]} {string.Join(' ', role.At("rules", "0", "resourceNames").Texts())}"));
        foreach (var role in chart.OfKind("Role"))
        {
            Assert.Equal(["get"], role.At("rules", "0", "verbs").Texts());
            Assert.Equal((role.Name, role.Name), (chart["RoleBinding", role.Name].Text("roleRef", "name"), chart["RoleBinding", role.Name].Text("subjects", "0", "name")));
        }

        foreach (var app in Apps.All)
        {
            // Where the store is not seen, the scope would be a warning at each start (fact R7).
            var allowed = expected.Where(line => line.StartsWith($"{app.Id} ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]).ToList();
            var scope = chart.ConfigurationOf(app).Find("spec", "secrets", "scopes", "0");
            Assert.Equal(allowed, scope?.At("allowedSecrets").Texts() ?? []);
            if (scope is not null) Assert.Equal(("secrets", "deny"), (scope.Text("storeName"), scope.Text("defaultAccess")));
        }
    }

    [Fact]
    public void Tokens_are_generated_once_and_kept()
    {
        var first = Rendered("defaults");
        Assert.All(["mall-mallbots-api-token", "mall-mallbots-app-token"], name => Assert.Equal("keep", first["Secret", name].Text("metadata", "annotations", "helm.sh/resource-policy")));
        Assert.NotEqual(first["Secret", "mall-mallbots-api-token"].Text("data", "token"), first["Secret", "mall-mallbots-app-token"].Text("data", "token"));
        var upgraded = Rendered("upgrade");
        Assert.Equal(("YQ==", "Yg=="), (upgraded["Secret", "mall-mallbots-api-token"].Text("data", "token"), upgraded["Secret", "mall-mallbots-app-token"].Text("data", "token")));
        Assert.Empty(Rendered("production").OfKind("Secret"));
        foreach (var app in Apps.All)
        {
            Assert.Equal(("api", "app"), (Rendered("production").DeploymentOf(app).Annotation("dapr.io/api-token-secret"), Rendered("production").DeploymentOf(app).Annotation("dapr.io/app-token-secret")));
            var variables = Variables(Rendered("production").DeploymentOf(app));
            Assert.Equal(("api/token", "app/token"), (variables["DAPR_API_TOKEN"], variables["APP_API_TOKEN"]));
        }
    }

    [Theory]
    [InlineData("{}", "tokens.apiToken.existingSecret is required where the cluster can't be looked at", false)]
    [InlineData("{dapr: {mtls: false}}", "accessControl.enabled needs dapr.mtls")]
    [InlineData("{shutdown: {preStopSeconds: 11}}", "shutdown.blockSeconds must be at least")]
    [InlineData("{shutdown: {gracefulSeconds: 16}}", "shutdown.terminationGracePeriodSeconds must be at least")]
    [InlineData("{services: {search: {replicas: 2}}}", "search has one replica while search.database is sqlite")]
    [InlineData("{defaults: {autoscaling: {enabled: true}}}", "search has one replica while search.database is sqlite")]
    [InlineData("{state: postgres}", "postgres.existingSecret (or postgres.password, for a try-out) is required")]
    [InlineData("{search: {database: postgres}}", "search.existingSecret is required")]
    [InlineData("{broker: kafka, kafka: {authType: password, saslUsername: a}}", "kafka.existingSecret is required")]
    [InlineData("{redis: {extraMetadata: [{name: redisType, value: cluster}]}}", "redis.extraMetadata has redisType cluster while state is redis")]
    [InlineData("{broker: kafka, kafka: {tls: true}}", "kafka.tls needs kafka.authType password")]
    [InlineData("{sms: {type: bindings.twilio.sms}}", "sms.metadata is required for bindings.twilio.sms")]
    [InlineData("{gatewayApi: {enabled: true}}", "gatewayApi.parentRefs is required")]
    public async Task What_can_not_work_is_refused_in_one_line(string values, string expected, bool inCluster = true)
    {
        var chart = await Renderer.Render(MallChart.Folder, inCluster ? MallChart.In(values) : new Setting { Values = [values] });
        Assert.Contains(expected, chart.Refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', chart.Refusal.Trim());
    }

    [Theory]
    [InlineData("{services: {search: {replicas: 2}}}")]
    [InlineData("{services: {search: {autoscaling: {enabled: true}}}}")]
    [InlineData("{broker: nats}")]
    [InlineData("{services: {bakery: {replicas: 1}}}")]
    [InlineData("{services: {baskets: {replica: 1}}}")]
    [InlineData("{redis: {host: redis}}")]
    public async Task The_schema_refuses(string values) =>
        Assert.NotEmpty(ChartRules.Refusals(MallChart.Folder, (await Renderer.Render(MallChart.Folder, MallChart.In(values))).Values!.Value));

    [Theory]
    [InlineData("docs/kubernetes.md")]
    [InlineData("docs/scaling.md")]
    public void Values_that_the_documents_name_are_there(string document)
    {
        var values = ChartValues.Read(MallChart.Folder, MallChart.FreeMaps).Root;
        var named = NamedValue().Matches(File.ReadAllText(Repository.PathOf(document))).Select(match => match.Groups[1].Value).Where(name => values.Find(name.Split('.')[0]) is not null && !name.EndsWith(".yaml", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(IsThere(name.Split('.')), name));

        bool IsThere(string[] path) => path[0] == "services" ? path.Length < 3 || values.Find(["defaults", .. path[2..]]) is not null : values.Find(path) is not null;
    }

    [Fact]
    public void Replicas_are_those_of_the_service_or_of_all()
    {
        var chart = Rendered("two-replicas");
        foreach (var app in Apps.All)
        {
            var expected = app.Id switch { Apps.Gateway => "3", Apps.Customers => "1", _ => "2" };
            Assert.Equal(expected, chart.DeploymentOf(app).Text("spec", "replicas"));
            Assert.Equal(app.Id != Apps.Customers, chart.Has("PodDisruptionBudget", MallChart.NameOf(app)));
        }

        Assert.Equal(("Recreate", "RollingUpdate"), (Rendered("defaults").DeploymentOf(Apps.Of(Apps.Search)).Text("spec", "strategy", "type"), chart.DeploymentOf(Apps.Of(Apps.Search)).Text("spec", "strategy", "type")));
        Assert.Equal(10, Rendered("production").OfKind("HorizontalPodAutoscaler").Count());
        Assert.All(Rendered("production").OfKind("Deployment"), deployment => Assert.Null(deployment.Find("spec", "replicas")));
    }

    /// <summary>Policies see pods: their ports are those of the containers, and between services the sidecars' internal port alone.</summary>
    [Theory]
    [InlineData("network-policy", "6379")]
    [InlineData("production", "9093 9094 5432 4317")]
    [InlineData("demo-kafka-postgres", "9092 5432")]
    public void Policies_open_the_ports_of_pods_that_are_needed(string setting, string backends)
    {
        var chart = Rendered(setting);
        var services = chart["NetworkPolicy", "mall-mallbots-services"];
        Assert.Equal(["Ingress", "Egress"], services.At("spec", "policyTypes").Texts());
        var egress = services.Items("spec", "egress");
        Assert.Equal([["50002"], ["53", "53"], ["6500", "50001", "50005", "50006"], backends.Split(' ')], egress.Select(Ports));
        Assert.Equal("dapr-system", egress[2].Text("to", "0", "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name"));
        Assert.Equal(["50002"], Ports(services.Items("spec", "ingress")[0]));
        Assert.Equal(("service", "service"), (services.Text("spec", "podSelector", "matchLabels", "mallbots/role"), services.Text("spec", "ingress", "0", "from", "0", "podSelector", "matchLabels", "mallbots/role")));
        Assert.All(chart.OfKind("Deployment"), deployment => Assert.Equal("service", deployment.Text("spec", "template", "metadata", "labels", "mallbots/role")));
        Assert.Equal(["http"], Ports(chart["NetworkPolicy", "mall-mallbots-gateway"].Items("spec", "ingress")[0]));
        if (setting == "production")
        {
            Assert.Equal([.. Apps.All.Select(app => $"{app.Port}"), "3501"], Ports(services.Items("spec", "ingress")[2]));
            Assert.Equal(["6443", "443", "8443"], Ports(chart["NetworkPolicy", "mall-mallbots-payments"].Items("spec", "egress")[0]));
        }

        static IEnumerable<string> Ports(YamlNode rule) => ((YamlSequenceNode)rule.At("ports")).Select(port => port.Text("port"));
    }

    [Fact]
    public void Selectors_select_the_pods_of_their_component_and_of_no_other()
    {
        foreach (var setting in MallChart.Settings.Keys)
        {
            var chart = Rendered(setting);
            var pods = chart.Documents.Where(document => document.Kind is "Deployment" or "StatefulSet")
                .ToDictionary(document => document.Name, document => Labels(document.At("spec", "template", "metadata", "labels")));
            foreach (var document in chart.Documents)
            {
                var selector = document.Kind switch
                {
                    "Deployment" or "StatefulSet" or "PodDisruptionBudget" => document.At("spec", "selector", "matchLabels"),
                    "Service" => document.At("spec", "selector"),
                    _ => null,
                };
                if (selector is null) continue;
                Assert.Equal([document.Name], pods.Where(pod => Labels(selector).All(label => pod.Value.Contains(label))).Select(pod => pod.Key));
            }
        }

        static HashSet<string> Labels(YamlNode map) => [.. map.Keys().Select(key => $"{key}={map.Text(key)}")];
    }

    [Fact]
    public void The_test_places_an_order_at_the_gateway()
    {
        var (pod, service) = (Rendered("demo")["Pod", "mall-mallbots-test"], Rendered("demo")["Service", "mall-mallbots-gateway"]);
        Assert.Equal("test", pod.Text("metadata", "annotations", "helm.sh/hook"));
        Assert.Equal($"mallbots/local:{ProductVersion}", pod.Text("spec", "containers", "0", "image"));
        Assert.Equal(["demo", "--url", $"http://{service.Name}:{service.Text("spec", "ports", "0", "port")}", "--deadline", "180"], pod.At("spec", "containers", "0", "args").Texts());
    }

    [Fact]
    public void Engines_for_a_try_out_are_those_that_are_used()
    {
        Assert.Empty(Rendered("defaults").OfKind("StatefulSet"));
        Assert.Equal(["mall-mallbots-redis"], Rendered("demo").OfKind("StatefulSet").Select(each => each.Name));
        var both = Rendered("demo-kafka-postgres");
        Assert.Equal(["mall-mallbots-kafka", "mall-mallbots-postgres"], both.OfKind("StatefulSet").Select(each => each.Name).Order());
        Assert.Equal("mall-mallbots-kafka:9092", both["Component", "pubsub"].Items("spec", "metadata").Pairs()["brokers"]);
        Assert.Equal("postgres://mallbots@mall-mallbots-postgres:5432/mallbots?sslmode=disable", both["Component", "statestore"].Items("spec", "metadata").Pairs()["connectionString"]);
        Assert.Equal("mall-mallbots-redis:6379", Rendered("demo")["Component", "statestore"].Items("spec", "metadata").Pairs()["redisHost"]);
        var text = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(both["Secret", "mall-mallbots-search-database"].Text("data", "mall-mallbots-search-database")));
        Assert.Equal("Host=mall-mallbots-postgres;Port=5432;Database=mallbots;Username=mallbots;Password=for-a-try-out;SSL Mode=Disable;Maximum Pool Size=10", text);
    }

    [Fact]
    public void Text_messages_are_written_where_the_sidecar_can_write()
    {
        var deployment = Rendered("defaults").DeploymentOf(Apps.Of(Apps.Notifications));
        var folder = Rendered("defaults")["Component", "sms"].Items("spec", "metadata").Pairs()["rootPath"];
        Assert.Equal($"sms:{folder}", deployment.Annotation("dapr.io/volume-mounts-rw"));
        Assert.Equal("sms", deployment.Text("spec", "template", "spec", "volumes", "0", "name"));
        var elsewhere = Rendered("routes").DeploymentOf(Apps.Of(Apps.Notifications));
        Assert.Null(elsewhere.Find("spec", "template", "spec", "volumes"));
        Assert.Equal("twilio/sid", Rendered("routes")["Component", "sms"].Items("spec", "metadata").Pairs()["accountSid"]);
    }

    /// <summary>These are merged as one map, so that reading the templates does not tell which of them are used.</summary>
    [Fact]
    public async Task Every_setting_of_the_services_changes_what_is_rendered()
    {
        string[] bases = ["defaults", "production"];
        var changes = (from value in ChartValues.Read(MallChart.Folder, MallChart.FreeMaps).All
                       where value.IsLeaf && value.Key.StartsWith("defaults.", StringComparison.Ordinal)
                       select (value.Key, Overlay: Changed(value))).ToList();
        var same = changes;
        foreach (var name in bases)
        {
            var rendered = await Renderer.Render(MallChart.Folder, [.. same.Select(change => MallChart.Settings[name] with { Values = [.. MallChart.Settings[name].Values, change.Overlay] })]);
            same = [.. same.Zip(rendered).Where(each => !each.Second.IsRefused && Text(each.Second) == Text(Rendered(name))).Select(each => each.First)];
        }

        Assert.Empty(same.Select(change => change.Overlay));

        // Generated tokens differ at each rendering.
        static string Text(RenderedChart chart) => Generated().Replace(string.Join('\n', chart.Templates.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Value)) + chart.Notes, "token:");
        static string Changed(ChartValue value)
        {
            var changed = value.Node switch
            {
                YamlScalarNode { Value: "true" } => "false",
                YamlScalarNode { Value: "false" } => "true",
                YamlScalarNode scalar when long.TryParse(scalar.Value, CultureInfo.InvariantCulture, out var number) && scalar.Style == YamlDotNet.Core.ScalarStyle.Plain => $"{number + 1}",
                YamlSequenceNode => "[{name: changed, value: v}]",
                YamlMappingNode => "{changed: v}",
                _ => "changed",
            };
            return string.Concat(value.Path.Select((key, depth) => $"{new string(' ', depth)}{key}:{(depth == value.Path.Count - 1 ? " " + changed : "")}\n"));
        }
    }

    RenderedChart Rendered(string setting)
    {
        Renderer.SkipWithoutGo();
        return mall[setting];
    }

    static IReadOnlyDictionary<string, string> Variables(Document deployment) => ((YamlSequenceNode)deployment.Container().At("env")).Pairs();

    static string ProductVersion => XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;

    static XDocument Project(App app) => XDocument.Load(Repository.PathOf($"services/{app.Name}/{app.Name}.csproj"));

    static IEnumerable<string> Flat(YamlNode node, string path) => node switch
    {
        YamlMappingNode map => map.Children.OrderBy(child => child.Key.ToString(), StringComparer.Ordinal).SelectMany(child => Flat(child.Value, $"{path}.{child.Key}")),
        YamlSequenceNode list => list.SelectMany((item, index) => Flat(item, $"{path}[{index}]")),
        _ => [$"{path}={((YamlScalarNode)node).Value}"],
    };

    [GeneratedRegex(@"ShutdownTimeout = TimeSpan\.FromSeconds\((\d+)\)")]
    private static partial Regex ShutdownTimeout();

    [GeneratedRegex(@"`([a-z][A-Za-z]*(?:\.[a-z][A-Za-z-]*)+)`")]
    private static partial Regex NamedValue();

    [GeneratedRegex(@"token: \S{20,}")]
    private static partial Regex Generated();
}
