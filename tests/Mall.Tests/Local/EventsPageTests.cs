using System.Net.Http.Json;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>docs/events.md says who hears what, as the services themselves tell their sidecars.</summary>
public partial class EventsPageTests
{
    [Fact]
    public void The_page_names_every_topic() =>
        Assert.Equal(Topics.All.Select(topic => topic.Name).Order(), Rows().Select(row => row.Topic).Order());

    [Fact]
    public async Task The_page_names_the_subscribers_of_every_topic()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions(), TestContext.Current.CancellationToken);
        var heard = new List<string>();
        foreach (var appId in Apps.Ports.Keys)
        {
            using var http = WatchedHttp.Client(mall[appId]);
            var subscriptions = await http.GetFromJsonAsync<List<Subscription>>("/dapr/subscribe", TestContext.Current.CancellationToken);
            heard.AddRange(subscriptions!.Select(subscription => $"{subscription.Topic} by {appId}"));
        }

        Assert.Equal(heard.Order(), Rows().SelectMany(row => row.HeardBy, (row, appId) => $"{row.Topic} by {appId}").Order());
    }

    static IEnumerable<(string Topic, IEnumerable<string> HeardBy)> Rows() =>
        from Match row in TopicRow().Matches(File.ReadAllText(Repository.PathOf("docs/events.md")))
        let subscribers = InParentheses().Replace(row.Groups[2].Value, "").Split(',').Select(appId => appId.Trim())
        select (row.Groups[1].Value, subscribers.Where(Apps.Ports.ContainsKey));

    sealed record Subscription(string Topic);

    [GeneratedRegex(@"^\| `(mallbots\.[a-z.-]+)` \|[^|]*\|[^|]*\|([^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex TopicRow();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex InParentheses();
}
