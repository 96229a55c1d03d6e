using MallBots.TestKit;
using Xunit;

namespace MallBots.Chart.Tests;

/// <summary>The renderer gives what Helm gives. What is expected here was read in Helm's sources, not in what the renderer printed.</summary>
public class RendererTests
{
    const string Shop = "tests/Chart.Tests/Samples/shop";

    [Fact]
    public async Task A_chart_is_rendered_with_its_own_values()
    {
        var chart = await Renderer.Render(Shop);
        var deployment = chart["Deployment", "mall-shop"];
        Assert.Equal("registry.example/shop:1.2", deployment.Text("spec", "template", "spec", "containers", "0", "image"));
        Assert.Equal("2", deployment.Text("spec", "replicas"));
        Assert.Equal(["app.kubernetes.io/name", "app.kubernetes.io/instance"], deployment.At("metadata", "labels").Keys());
        Assert.Equal("The shop mall has 2 pods in shop.\n", chart.Notes);
        Assert.Equal(["ConfigMap/mall-config", "Secret/mall-token", "Deployment/mall-shop", "Pod/mall-test"], chart.Documents.Select(document => document.ToString()));
        Assert.DoesNotContain("templates/_helpers.tpl", chart.Templates.Keys);
    }

    [Fact]
    public async Task Values_merge_map_by_map_and_lists_are_replaced()
    {
        var chart = await Renderer.Render(Shop, new Setting
        {
            Values = ["{extraEnv: [{name: A, value: 1}], image: {tag: x}}", "{extraEnv: [{name: B, value: 2}], labels: {team: red}}"],
            Set = ["replicas=3", @"labels.example\.com/x=y"],
        });
        var deployment = chart["Deployment", "mall-shop"];
        Assert.Equal("registry.example/shop:x", deployment.Text("spec", "template", "spec", "containers", "0", "image"));
        Assert.Equal(["MAX_BODY", "SAMPLING", "B"], deployment.Items("spec", "template", "spec", "containers", "0", "env").Select(variable => variable.Text("name")));
        Assert.Equal("3", deployment.Text("spec", "replicas"));
        Assert.Equal(["app.kubernetes.io/name", "app.kubernetes.io/instance", "example.com/x", "team"], deployment.At("metadata", "labels").Keys());
    }

    [Fact]
    public async Task Null_takes_a_default_away()
    {
        var chart = await Renderer.Render(Shop, new Setting { Values = ["{ingress: {enabled: true, host: a.example, annotations: {example.com/dropped: null}}}"] });
        Assert.Equal(["example.com/kept"], chart["Ingress", "mall-shop"].At("metadata", "annotations").Keys());
        Assert.False(chart.Values!.Value.GetProperty("ingress").GetProperty("annotations").TryGetProperty("example.com/dropped", out _));
    }

    [Fact]
    public async Task A_needed_value_that_is_missing_is_refused_in_one_line()
    {
        var chart = await Renderer.Render(Shop, new Setting { Values = ["{ingress: {enabled: true}}"] });
        Assert.Equal("execution error at (shop/templates/ingress.yaml:10:15): ingress.host: needed when ingress.enabled is true", chart.Refusal);
    }

    [Fact]
    public async Task A_secret_that_is_there_is_found_by_an_upgrade()
    {
        const string there = """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"mall-token","namespace":"shop"},"data":{"token":"b2xk"}}""";
        var charts = await Renderer.Render(Shop, [new(), new() { Objects = [] }, new() { Objects = [there], Upgrade = true, Revision = 2 }, new() { Objects = [there], Namespace = "other" }]);
        Assert.Equal(["bmV3", "bmV3", "b2xk", "bmV3"], charts.Select(chart => chart["Secret", "mall-token"].Text("data", "token")));
    }

    [Fact]
    public async Task A_cluster_that_is_too_old_is_refused() =>
        Assert.Equal(
            "chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.4",
            (await Renderer.Render(Shop, new Setting { KubeVersion = "1.29.4" })).Refusal);

    [Fact]
    public async Task What_helmignore_names_is_not_in_the_chart()
    {
        Assert.Equal("config/log.yaml config/shop.properties ", await Text("""{{ range $name, $_ := .Files.Glob "*/**" }}{{ $name }} {{ end }}"""));
        Assert.Equal("colour=blue|size=2|", await Text("""{{ range .Files.Lines "config/shop.properties" }}{{ . }}|{{ end }}"""));
        Assert.Equal("", await Text("""{{ .Files.Get "drafts/idea.txt" }}"""));
    }

    // Each of them was read in the sources of Helm 3.14, text/template and sigs.k8s.io/yaml 1.3.
    [Theory]
    [InlineData("{{ .Values.none }}|{{ .Values.none | quote }}|{{ .Values.none | toString }}|", "||<nil>|")]
    [InlineData("{{ .Values.maxBody }}", "1e+07")]
    [InlineData("{{ .Values.maxBody | int }} {{ .Values.maxBody | toString }} {{ .Values.maxBody | quote }}", "10000000 1e+07 \"1e+07\"")]
    [InlineData("{{ toYaml .Values.maxBody }} {{ toJson .Values.maxBody }}", "10000000 10000000")]
    [InlineData("{{ toYaml .Values.services }}", "ports:\n  basket: 5102\n  orders: 5101")]
    [InlineData("{{ toYaml (dict \"b\" (list 1 \"2\" true) \"a\" nil \"c\" (dict)) }}", "a: null\nb:\n- 1\n- \"2\"\n- true\nc: {}")]
    [InlineData("{{ range $name, $port := .Values.services.ports }}{{ $name }}={{ $port }};{{ end }}", "basket=5102;orders=5101;")]
    [InlineData("a \n {{- /* gone */ -}} \n b", "ab")]
    [InlineData("{{ tpl \"{{ .Values.image.repository }}{{ .Values.none }}\" . }}", "registry.example/shop")]
    [InlineData("{{ define \"x\" }}<{{ . }}>{{ end }}{{ include \"x\" \"y\" | upper }}", "<Y>")]
    [InlineData("{{ $all := fromYaml \"a: [1, x]\" }}{{ index $all.a 0 }}{{ (fromYaml \"- a\").Error | hasPrefix \"error\" }}", "1true")]
    [InlineData("{{ fromYamlArray \"[a, b]\" | join \",\" }}{{ (fromJson \"{\\\"a\\\": 1}\").a }}", "a,b1")]
    [InlineData("{{ .Template.Name }} {{ .Template.BasePath }}", "shop/templates/probe.yaml shop/templates")]
    [InlineData("{{ .Chart.AppVersion }} {{ .Release.Service }} {{ .Release.IsInstall }} {{ .Release.Revision }}", "1.2 Helm true 1")]
    [InlineData("{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.APIVersions.Has \"apps/v1\" }} {{ .Capabilities.APIVersions.Has \"x/v1\" }}", "v1.30.0 30 true false")]
    [InlineData("{{ lookup \"v1\" \"Secret\" \"\" \"\" }}{{ getHostByName \"example.com\" }}", "map[]")]
    [InlineData("{{ default \"x\" .Values.image.tag }}{{ empty .Values.ingress.enabled }}{{ ternary \"a\" \"b\" true }}", "xtruea")]
    [InlineData("{{ .Values.a.b.c }}", "error: nil pointer evaluating interface {}.b")]
    [InlineData("{{ if eq .Values.replicas 2 }}x{{ end }}", "error: incompatible types for comparison")]
    [InlineData("{{ fail \"no: that\" }}", "error: execution error at (shop/templates/probe.yaml:1:3): no: that")]
    [InlineData("{{ define \"x\" }}{{ fail \"deep\" }}{{ end }}{{ include \"x\" . }}", "error: execution error at (shop/templates/probe.yaml:1:")]
    [InlineData("{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}", "error: rendering template has a nested reference name: x: unable to execute template")]
    [InlineData("{{ include \"nobody\" . }}", "error: template: no template \"nobody\" associated with template")]
    [InlineData("{{ .Chart.Nothing }}", "error: can't evaluate field Nothing")]
    [InlineData("{{ if }}", "error: parse error at (shop/templates/probe.yaml:1): missing value for if")]
    // What later versions of Helm brought, or Helm takes away from sprig.
    [InlineData("{{ mustToYaml 1 }}", "error: function \"mustToYaml\" not defined")]
    [InlineData("{{ toYamlPretty 1 }}", "error: function \"toYamlPretty\" not defined")]
    [InlineData("{{ fromToml \"\" }}", "error: function \"fromToml\" not defined")]
    [InlineData("{{ env \"HOME\" }}", "error: function \"env\" not defined")]
    public async Task A_template_prints_what_Helm_prints(string template, string expected)
    {
        var actual = await Text(template);
        if (expected.StartsWith("error: ", StringComparison.Ordinal)) Assert.Contains(expected["error: ".Length..], actual, StringComparison.Ordinal);
        else Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task A_key_that_stands_twice_is_refused()
    {
        using var folder = new SampleCopy(Shop);
        folder.Write("templates/twice.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  name: b\n");
        var chart = await Renderer.Render(folder.Path);
        Assert.Contains("templates/twice.yaml is not YAML", Assert.ThrowsAny<Exception>(() => chart.Documents).Message, StringComparison.Ordinal);
    }

    /// <summary>What a template prints in the sample chart, or why it is refused.</summary>
    static async Task<string> Text(string template)
    {
        using var folder = new SampleCopy(Shop);
        folder.Write("templates/probe.yaml", template);
        var chart = await Renderer.Render(folder.Path);
        return chart.IsRefused ? chart.Refusal : chart.Templates["templates/probe.yaml"];
    }
}
