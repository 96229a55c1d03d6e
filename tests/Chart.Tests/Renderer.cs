using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Chart.Tests;

/// <summary>
/// One rendering of a chart: what a user gives to <c>helm install</c> or <c>helm upgrade</c>, and the cluster that it meets.
/// </summary>
public sealed record Setting
{
    /// <summary>Files given by <c>-f</c>, relative to the repository.</summary>
    public IReadOnlyList<string> ValueFiles { get; init; } = [];

    /// <summary>YAML texts, laid over the files one after the other.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary><c>a.b=c</c>, as for <c>--set</c>: there a number is an integer, and in YAML a floating-point one.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    public string Name { get; init; } = "mall";

    public string Namespace { get; init; } = "shop";

    public bool Upgrade { get; init; }

    public int Revision { get; init; } = 1;

    /// <summary>The API server's version; without one the oldest that the chart is for.</summary>
    public string KubeVersion { get; init; } = "";

    /// <summary>API versions beside those of every cluster, such as <c>monitoring.coreos.com/v1</c>.</summary>
    public IReadOnlyList<string> ApiVersions { get; init; } = [];

    /// <summary>What <c>lookup</c> finds, as JSON documents. Without them there is no cluster, as under <c>helm template</c>.</summary>
    public IReadOnlyList<string>? Objects { get; init; }

    /// <summary>The values' own first line, so that a failing test says what it rendered.</summary>
    public override string ToString() => string.Join(" ", [.. ValueFiles, .. Values.Select(text => text.ReplaceLineEndings(" ")), .. Set]) is { Length: > 0 } text ? text : "(defaults)";
}

/// <summary>Renders charts as Helm does, by the Go program beside it. Where Go or its libraries are missing, every test that asks is skipped.</summary>
static class Renderer
{
    // Where Debian's packages of Go libraries are: no module is loaded from the network.
    const string Libraries = "/usr/share/gocode";

    static readonly string Sources = Repository.PathOf("tests/Chart.Tests/Renderer");

    static readonly Lazy<Task<string>> Program = new(Build);

    /// <summary>Renders a chart once, or says why Helm would refuse.</summary>
    /// <param name="chart">Its folder, relative to the repository.</param>
    /// <param name="setting">What to render it with; the defaults alone when it is not given.</param>
    public static async Task<RenderedChart> Render(string chart, Setting? setting = null) => (await Render(chart, [setting ?? new Setting()])).Single();

    /// <summary>Renders a chart with many settings in one process.</summary>
    public static async Task<IReadOnlyList<RenderedChart>> Render(string chart, IReadOnlyList<Setting> settings)
    {
        var cases = settings.Select(setting => new
        {
            chart = Repository.PathOf(chart),
            valueFiles = setting.ValueFiles.Select(Repository.PathOf),
            values = setting.Values,
            set = setting.Set,
            name = setting.Name,
            @namespace = setting.Namespace,
            upgrade = setting.Upgrade,
            revision = setting.Revision,
            kubeVersion = setting.KubeVersion,
            apiVersions = setting.ApiVersions,
            objects = setting.Objects?.Select(text => JsonDocument.Parse(text).RootElement),
        });
        using var results = JsonDocument.Parse(await Run(await Ready(), [], JsonSerializer.Serialize(cases)));
        return [.. results.RootElement.EnumerateArray().Zip(settings, (result, setting) => RenderedChart.Read(result, setting))];
    }

    /// <summary>The values that the templates of a chart read.</summary>
    public static async Task<ValueReads> Reads(string chart) =>
        JsonSerializer.Deserialize<ValueReads>(await Run(await Ready(), ["--reads", Repository.PathOf(chart)], ""), JsonSerializerOptions.Web)!;

    /// <summary>Whether charts can be rendered here.</summary>
    public static bool IsThere => WhyNot is null;

    static string? WhyNot =>
        !OnPath("go") ? "There is no Go: the chart is not rendered (apt-get install golang-go golang-github-masterminds-sprig-dev golang-k8s-sigs-yaml-dev)."
        : !new[] { "github.com/Masterminds/sprig", "github.com/Masterminds/semver", "github.com/BurntSushi/toml", "github.com/gobwas/glob", "sigs.k8s.io/yaml" }
            .All(library => Directory.Exists(Path.Combine(Libraries, "src", library))) ? $"Go's libraries are not in {Libraries}: the chart is not rendered (.ci/run names Debian's packages)."
        : null;

    /// <summary>Skips the test where charts can't be rendered.</summary>
    public static void SkipWithoutGo() => Assert.SkipUnless(IsThere, WhyNot ?? "");

    static Task<string> Ready()
    {
        SkipWithoutGo();
        return Program.Value;
    }

    // Built once for each state of the sources.
    static async Task<string> Build()
    {
        var folder = Repository.PathOf("tests/Chart.Tests/obj/renderer");
        Directory.CreateDirectory(folder);
        var program = Path.Combine(folder, await HashOfSources());
        if (File.Exists(program)) return program;
        foreach (var older in Directory.EnumerateFiles(folder)) File.Delete(older);
        // Under another name first, so that nobody starts half a program.
        var unfinished = $"{program}.{Environment.ProcessId}";
        await Run("go", ["build", "-o", unfinished, "."], "");
        File.Move(unfinished, program, overwrite: true);
        return program;
    }

    static async Task<string> HashOfSources()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(Sources, "*.go").Order(StringComparer.Ordinal))
            hash.AppendData(await File.ReadAllBytesAsync(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    static async Task<string> Run(string program, IEnumerable<string> arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Sources,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOPATH"] = Libraries;
        // No C compiler is needed for Go's own libraries.
        start.Environment["CGO_ENABLED"] = "0";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{Path.GetFileName(program)}: {(await errors).Trim()}");
    }

    static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
