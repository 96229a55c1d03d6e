using Xunit;

namespace MallBots.Chart.Tests;

/// <summary>The rules for charts: a sound sample passes them, and each thing that breaks one is told.</summary>
public sealed class ChartRulesTests : IDisposable
{
    static readonly string[] FreeMaps = ["labels", "ingress.annotations", "global"];

    readonly SampleCopy shop = new("tests/Chart.Tests/Samples/shop");

    ChartValues Values => ChartValues.Read(shop.Path, FreeMaps);

    public void Dispose() => shop.Dispose();

    [Fact]
    public async Task The_sample_keeps_every_rule()
    {
        Assert.Empty(ChartRules.Undocumented(Values));
        Assert.Empty(ChartRules.Ambiguous(Values));
        Assert.Empty(ChartRules.Unread(Values, await Renderer.Reads(shop.Path)));
        Assert.Empty(ChartRules.SchemaAndValuesDiffer(shop.Path, Values, "global"));
        Assert.Empty(ChartRules.TableDiffers("tests/Chart.Tests/Samples/shop", Values));
        var settings = await Renderer.Render(shop.Path, [new(), new() { Values = ["{ingress: {enabled: true, host: a}}"] }]);
        Assert.All(settings, rendered => Assert.Empty(ChartRules.Refusals(shop.Path, rendered.Values!.Value)));
    }

    [Theory]
    [InlineData("  # -- Its name there, needed when it is on\n", "", "values.yaml:32: ingress.host has no comment of the form `# -- ...`.")]
    [InlineData("# -- How many pods run", "# How many pods run", "values.yaml:9: replicas has no comment of the form `# -- ...`.")]
    public void A_value_without_a_comment_is_told(string from, string to, string expected)
    {
        shop.Change("values.yaml", from, to);
        Assert.Equal([expected], ChartRules.Undocumented(Values));
    }

    [Theory]
    [InlineData("  host: \"\"", "  host:", "values.yaml:33: ingress.host is null, which Helm 3 and Helm 4 do not read alike: leave it out, or give it an empty text, list or map.")]
    [InlineData("  enabled: false", "  enabled: off", "values.yaml:31: ingress.enabled is read as a boolean: put off in quotes.")]
    public void A_default_that_is_not_read_alike_everywhere_is_told(string from, string to, string expected)
    {
        shop.Change("values.yaml", from, to);
        Assert.Equal([expected], ChartRules.Ambiguous(Values));
    }

    [Theory]
    [InlineData("values.yaml", "replicas: 2", "replicas: 2\n# -- Unused\nspare: 1", "values.yaml:11: spare is read by no template.")]
    [InlineData("values.yaml", "    basket: 5102", "    basket: 5102\n  # -- Unused\n  spare: {}", "values.yaml:29: services.spare is read by no template.")]
    [InlineData("templates/deployment.yaml", ".Values.replicas", ".Values.replica", "shop/templates/deployment.yaml:8:15: reads .Values.replica, which values.yaml does not have.")]
    [InlineData("templates/_helpers.tpl", "$image.repository", "$image.repo", "shop/templates/_helpers.tpl:11:3: reads .Values.image.repo, which values.yaml does not have.", "values.yaml:3: image.repository is read by no template.")]
    [InlineData("templates/NOTES.txt", "in ", "{{ with .Values.ingress }}{{ .nothing }}{{ end }} in ", "shop/templates/NOTES.txt:1:90: reads .Values.ingress.nothing, which values.yaml does not have.")]
    [InlineData("templates/NOTES.txt", "in ", "{{ range $k, $v := dict \"a\" $.Values.services }}{{ $v.x }}{{ end }} in ", "shop/templates/NOTES.txt:1:112: reads .Values.services.x, which values.yaml does not have.")]
    [InlineData("templates/NOTES.txt", "in ", "{{ range list \"image\" \"none\" }}{{ index $.Values . \"tag\" }}{{ end }} in ", "shop/templates/NOTES.txt:1:95: reads .Values.none.tag, which values.yaml does not have.")]
    [InlineData("templates/NOTES.txt", "in ", "{{ define \"alone\" }}{{ .Values.other }}{{ end }} in ", "The template alone is included nowhere.")]
    [InlineData("templates/NOTES.txt", "in ", "{{ toYaml .Values }} in ", "shop/templates/NOTES.txt:1:64: reads .Values as a whole, so that nobody knows which.")]
    [InlineData("templates/NOTES.txt", "in ", "{{ include .Release.Name . }} in ", "shop/templates/NOTES.txt:1:64: the name of the included template is not a constant: the values that are read there can't be told.")]
    public async Task What_is_read_and_not_there_or_there_and_not_read_is_told(string file, string from, string to, params string[] expected)
    {
        shop.Change(file, from, to);
        Assert.Equal(expected, ChartRules.Unread(Values, await Renderer.Reads(shop.Path)));
    }

    [Theory]
    [InlineData("\"$schema\": \"http://json-schema.org/draft-07/schema#\"", "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"", "values.schema.json: $schema is not draft-07's.")]
    [InlineData("\"replicas\": { \"type\": \"integer\"", "\"replicas\": { \"type\": \"whole\"", "values.schema.json is not valid in draft-07: ")]
    [InlineData("\"sampling\": {", "\"samples\": {", "values.schema.json: the values lacks the key sampling, which is in values.yaml.")]
    [InlineData("\"sampling\": {", "\"extra\": {}, \"sampling\": {", "values.yaml: extra is in the schema, and not in values.yaml.")]
    [InlineData("\"image\": {\n      \"type\": \"object\",\n      \"additionalProperties\": false,", "\"image\": {\n      \"type\": \"object\",", "values.schema.json takes an unknown key in image.")]
    [InlineData("\"items\": { \"type\": \"object\", \"additionalProperties\": false,", "\"items\": { \"type\": \"object\",", "values.schema.json: extraEnv.* lacks \"additionalProperties\": false.")]
    public void A_schema_that_differs_from_the_values_is_told(string from, string to, string expected)
    {
        shop.Change("values.schema.json", from, to);
        Assert.Contains(ChartRules.SchemaAndValuesDiffer(shop.Path, Values, "global"), wrong => wrong.StartsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{replicas: two}", "/replicas")]
    [InlineData("{image: {repository: ''}}", "/image/repository")]
    [InlineData("{services: {ports: {orders: 0}}}", "/services/ports/orders")]
    [InlineData("{labels: {a: 1}}", "/labels/a")]
    [InlineData("{extraEnv: [{value: x}]}", "/extraEnv/0")]
    [InlineData("{ingress: {enabled: true}}", "/ingress/host")]
    public async Task Values_against_the_schema_are_refused(string values, string place) =>
        Assert.Contains(
            ChartRules.Refusals(shop.Path, (await Renderer.Render(shop.Path, new Setting { Values = [values] })).Values!.Value),
            refusal => refusal.StartsWith($"{place}: ", StringComparison.Ordinal));

    [Theory]
    [InlineData("replicas: 2", "replicas: 4")]
    [InlineData("# -- How many pods run", "# -- How many pods there are")]
    [InlineData("# @default -- the chart's appVersion", "")]
    public void A_table_of_values_that_differs_is_told(string from, string to)
    {
        Assert.Empty(ChartRules.TableDiffers(shop.Path, Values));
        shop.Change("values.yaml", from, to);
        Assert.NotEmpty(ChartRules.TableDiffers(shop.Path, Values));
    }
}
