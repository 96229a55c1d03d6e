using System.Text;
using MallBots.Sidecar.PubSub.Delivery;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

public sealed class SubscriptionReaderTests
{
    [Fact]
    public void A_plain_route_and_a_default_route_are_taken()
    {
        var (subscriptions, refusals) = Read(
            """[{"pubsubName":"p","topic":"a","route":"on/a"},{"pubsubname":"p","topic":"b","routes":{"rules":[],"default":"/b"},"deadLetterTopic":"d"}]""");

        Assert.Empty(refusals);
        Assert.Equal(["/on/a", "/b"], subscriptions.Select(subscription => subscription.Route));
        Assert.Equal([null, "d"], subscriptions.Select(subscription => subscription.DeadLetterTopic));
    }

    [Fact]
    public void The_later_of_two_subscriptions_to_a_topic_counts()
    {
        var (subscriptions, _) = Read("""[{"pubsubname":"p","topic":"a","route":"/one"},{"pubsubname":"p","topic":"a","route":"/two"}]""");

        Assert.Equal("/two", Assert.Single(subscriptions).Route);
    }

    [Theory]
    [InlineData("""{"pubsubname":"p","topic":"a","routes":{"rules":[{"match":"event.type == 'x'","path":"/x"}],"default":"/a"}}""", "routing rules")]
    [InlineData("""{"pubsubname":"p","topic":"a","route":"/a","bulkSubscribe":{"enabled":true}}""", "bulk subscribe")]
    [InlineData("""{"pubsubname":"p","topic":"a"}""", "no route")]
    [InlineData("""{"pubsubname":"p","route":"/a"}""", "no topic")]
    public void What_is_not_supported_is_refused_with_one_line(string entry, string reason)
    {
        var (subscriptions, refusals) = Read($"[{entry}]");

        Assert.Empty(subscriptions);
        Assert.Contains(reason, Assert.Single(refusals), StringComparison.Ordinal);
    }

    static (IReadOnlyList<Subscription> Subscriptions, IReadOnlyList<string> Refusals) Read(string answer) =>
        SubscriptionReader.Read(Encoding.UTF8.GetBytes(answer));
}
