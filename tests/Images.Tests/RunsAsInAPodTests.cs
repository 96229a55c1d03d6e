using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Images.Tests;

/// <summary>Every published folder runs as in a pod: as a user without rights, on a root file system that can't be written, with the variables of a pod alone.</summary>
public sealed partial class RunsAsInAPodTests(PublishedImages images)
{
    static readonly HttpClient Http = WatchedHttp.Client(timeout: TimeSpan.FromSeconds(10));

    [Fact]
    public async Task Every_service_lives_says_that_its_sidecar_is_away_stops_when_it_is_asked_to_and_writes_nothing_but_search_its_database()
    {
        var before = PublishedImages.FilesOf(images.Tree);
        var services = images.All.Where(image => image.Project != "Local").ToList();
        var ports = FreePorts.Row(services.Count + 2);
        await Task.WhenAll(services.Select(async (service, index) =>
        {
            var (temporary, data) = (images.EmptyFolder(), images.EmptyFolder());
            var url = Url(ports + index);
            await using var running = images.Start(service.Project, [], [.. Pod(ports + index, ports + services.Count, temporary), ("Search__Database", Path.Combine(data, "search.db"))]);
            await Lives(running, url);

            var (status, reasons) = await Readiness(url);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Contains(reasons, reason => reason is "The sidecar does not answer." or "The state store behind the sidecar does not answer.");
            Assert.All(reasons, reason => Assert.DoesNotContain('\n', reason));
            Assert.DoesNotContain(reasons, reason => reason.Contains("database", StringComparison.Ordinal));

            await Stops(running);
            Assert.DoesNotContain(running.Printed, line => line.Contains("HTTP_PORTS", StringComparison.Ordinal));
            Assert.Empty(PublishedImages.FilesOf(temporary));
            Assert.Equal(service.Project == "Search" ? ["search.db"] : [], PublishedImages.FilesOf(data));
        }));
        Assert.Equal(before, PublishedImages.FilesOf(images.Tree));
    }

    [Fact]
    public void The_variables_of_a_pod_are_those_that_the_chart_sets()
    {
        var template = File.ReadAllText(Repository.PathOf("helm/mallbots/templates/deployments.yaml"));
        var variables = VariableOfTheChart().Matches(template[template.IndexOf(" env:", StringComparison.Ordinal)..template.IndexOf("startupProbe:", StringComparison.Ordinal)]);
        // Given where a test is about them.
        string[] ofOneTest = ["Search__Database", "Search__PostgresSecret", "Payments__Provider__BaseAddress"];
        Assert.Subset(Pod(1, 2, "").Select(variable => variable.Name).Concat(ofOneTest).ToHashSet(), variables.Select(match => match.Groups[1].Value).ToHashSet());
        Assert.True(variables.Count > 10);
    }

    [Fact]
    public async Task Search_says_in_one_line_why_its_database_is_away_and_with_PostgreSQL_it_wants_no_file()
    {
        (string Variable, string Value, string Reason)[] away =
        [
            ("Search__Database", "/nowhere/search.db", "The search database did not answer. (/nowhere/search.db: Access to the path '/nowhere' is denied.)"),
            ("Search__Database", "/search.db", "The search database did not answer. (/search.db: SQLite Error 14: 'unable to open database file'.)"),
            ("Search__Postgres", "Host=127.0.0.1;Port=1;Username=nobody", "The search database did not answer. (Failed to connect to 127.0.0.1:1)"),
            ("Search__PostgresSecret", "search-database", "The secret store did not answer for search-database. ("),
        ];
        var ports = FreePorts.Row(away.Length + 2);
        await Task.WhenAll(away.Select(async (one, index) =>
        {
            var temporary = images.EmptyFolder();
            await using var running = images.Start("Search", [], [.. Pod(ports + index, ports + away.Length, temporary), (one.Variable, one.Value)]);
            await Lives(running, Url(ports + index));
            var reasons = (await Readiness(Url(ports + index))).Reasons;
            Assert.Contains(reasons, reason => reason.StartsWith(one.Reason, StringComparison.Ordinal) && !reason.Contains('\n'));
            await Stops(running);
            Assert.Empty(PublishedImages.FilesOf(temporary));
        }));
    }

    [Fact]
    public async Task Without_its_token_a_service_ends_with_1_and_one_line()
    {
        await using var ended = images.Start("Stores", [], [("HOME", "/"), ("DOTNET_EnableDiagnostics", "0")]);
        await ended.Process.WaitForExitAsync().Within();
        Assert.Equal(1, ended.Process.ExitCode);
        Assert.StartsWith("stores does not start: APP_API_TOKEN is not set.", Assert.Single(ended.Printed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mall_in_one_process_writes_in_its_data_folder_alone_and_names_a_folder_that_it_may_not_write()
    {
        var (temporary, data) = (images.EmptyFolder(), images.EmptyFolder());
        var port = FreePorts.Row(Apps.Ports.Count);
        var offset = (port - Apps.Ports.Values.Min()).ToString(CultureInfo.InvariantCulture);
        (string, string)[] environment = [("HOME", "/"), ("TMPDIR", temporary), ("DOTNET_EnableDiagnostics", "0")];
        await using var running = images.Start("Local", ["--data", data, "--port-offset", offset], environment);
        await using var refused = images.Start("Local", [], environment);
        await using var nobody = images.Start("Local", ["demo", "--url", $"http://127.0.0.1:{FreePorts.Row(1)}", "--deadline", "1"], environment);

        await refused.Process.WaitForExitAsync().Within();
        Assert.Equal(3, refused.Process.ExitCode);
        var home = Path.Combine(images.Tree, "Local", ".mallbots");
        Assert.StartsWith($"The folder {home} can't be used: ", Assert.Single(refused.Printed), StringComparison.Ordinal);
        await nobody.Process.WaitForExitAsync().Within();
        Assert.Equal(1, nobody.Process.ExitCode);
        Assert.StartsWith("NOT SEEN within 1 s: a mall that answers.", Assert.Single(nobody.Printed), StringComparison.Ordinal);

        await running.Line(line => line.StartsWith("Ready in ", StringComparison.Ordinal));
        await Lives(running, Url(port));
        await Stops(running);
        Assert.Empty(PublishedImages.FilesOf(temporary));
        Assert.Superset(new HashSet<string> { "lock", "mall.db", "search.db" }, PublishedImages.FilesOf(data).ToHashSet());
        Assert.DoesNotContain(".mallbots", PublishedImages.FilesOf(Path.Combine(images.Tree, "Local")));
    }

    /// <summary>What the chart and Dapr's injector put into an app's container, and what the base image has.</summary>
    static (string Name, string Value)[] Pod(int port, int noSidecar, string temporary) =>
    [
        ("ASPNETCORE_URLS", string.Create(CultureInfo.InvariantCulture, $"http://*:{port}")), ("ASPNETCORE_HTTP_PORTS", ""),
        ("APP_API_TOKEN", "an-app-token"), ("DAPR_API_TOKEN", "a-dapr-token"), ("APP_PROTOCOL", "http"),
        ("DAPR_HTTP_PORT", noSidecar.ToString(CultureInfo.InvariantCulture)), ("DAPR_GRPC_PORT", (noSidecar + 1).ToString(CultureInfo.InvariantCulture)),
        ("DOTNET_RUNNING_IN_CONTAINER", "true"), ("DOTNET_EnableDiagnostics", "0"), ("HOME", "/"), ("TMPDIR", temporary),
        ("Logging__LogLevel__Default", "Information"), ("Logging__Console__FormatterName", "json"), ("Mall__Currency", "USD"),
        ("Gateway__TrustedProxies", ""), ("Depot__SimulateBots", "true"), ("Depot__BotLease", "00:01:00"),
    ];

    [GeneratedRegex(@"- name: ([A-Za-z_]+)\n\s+value")]
    private static partial Regex VariableOfTheChart();

    static Uri Url(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    static Task Lives(ChildProcess program, Uri url) => Eventually.True(
        async () =>
        {
            program.DemandRunning();
            try
            {
                using var answer = await Http.GetAsync(new Uri(url, "/healthz"));
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        TimeSpan.FromSeconds(60), $"{program.Process.StartInfo.WorkingDirectory} answers");

    static async Task<(HttpStatusCode Status, IReadOnlyList<string> Reasons)> Readiness(Uri url)
    {
        using var answer = await Http.GetAsync(new Uri(url, "/readyz"));
        using var report = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, [.. report.RootElement.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()!)]);
    }

    static async Task Stops(ChildProcess program)
    {
        program.Process.AskToEnd();
        await program.Process.WaitForExitAsync().Within(TimeSpan.FromSeconds(30));
        Assert.True(program.Process.ExitCode == 0, $"exit code {program.Process.ExitCode}: {string.Join('\n', program.Printed)}");
    }
}
