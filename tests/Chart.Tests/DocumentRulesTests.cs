using Xunit;

namespace MallBots.Chart.Tests;

public sealed class DocumentRulesTests : IDisposable
{
    readonly SampleCopy shop = new("tests/Chart.Tests/Samples/shop");

    public void Dispose() => shop.Dispose();

    [Fact]
    public async Task The_documents_of_the_sample_are_accepted() =>
        Assert.All(
            await Renderer.Render(shop.Path, [new(), new() { Values = ["{ingress: {enabled: true, host: a.example}, labels: {team: red}, extraEnv: [{name: A, value: 'yes'}]}"] }]),
            chart => Assert.Empty(DocumentRules.Findings(chart)));

    [Theory]
    [InlineData(".Values.sampling | quote", ".Values.sampling", "spec.template.spec.containers.0.env.1.value is not a text: 0.25")]
    [InlineData("int64 | quote", "int", "spec.template.spec.containers.0.env.0.value is not a text: 10000000")]
    [InlineData("replicas: {{ .Values.replicas }}", "replicas: {{ .Values.maxBody }}", "spec.replicas: 1e+07 is a large number as Go prints it: convert it by int64.")]
    [InlineData("  labels:", "  annotations: { \"dapr.io/enabled\": true }\n  labels:", "metadata.annotations.dapr.io/enabled is not a text: true")]
    [InlineData("  labels:", "  labels:\n    colour: light blue", "metadata.labels.colour: 'light blue' is not a label's value (at most 63 letters, digits, '-', '_' and '.').")]
    [InlineData("  labels:", "  labels:\n    colour: off", "metadata.labels.colour: Helm reads off as a boolean: put it in quotes.")]
    public async Task What_an_API_server_refuses_is_told(string from, string to, string expected)
    {
        shop.Change("templates/deployment.yaml", from, to);
        Assert.Equal([$"(defaults): templates/deployment.yaml: Deployment/mall-shop: {expected}"], DocumentRules.Findings(await Renderer.Render(shop.Path)));
    }

    [Fact]
    public async Task A_document_that_is_there_twice_is_told()
    {
        shop.Write("templates/again.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mall-config\n");
        Assert.Equal(
            ["(defaults): ConfigMap/mall-config is there 2 times (templates/again.yaml, templates/config.yaml)."],
            DocumentRules.Findings(await Renderer.Render(shop.Path)));
    }

    [Theory]
    [InlineData("kind: Pod\nmetadata:\n  name: a\n", "a document has no apiVersion")]
    [InlineData("apiVersion: v1\nkind: Pod\n", "it has no metadata.name")]
    [InlineData("just a text", "a document is not a map")]
    [InlineData("a: [", "is not YAML")]
    public async Task A_file_of_which_Helm_could_make_nothing_is_told(string text, string expected)
    {
        shop.Write("templates/odd.yaml", text);
        var chart = await Renderer.Render(shop.Path);
        Assert.Contains(expected, Assert.ThrowsAny<Exception>(() => chart.Documents).Message, StringComparison.Ordinal);
    }
}
