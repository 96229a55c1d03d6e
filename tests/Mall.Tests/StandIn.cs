using MallBots.Contracts;
using MallBots.TestKit;

namespace MallBots.Mall.Tests;

/// <summary>
/// Components on the embedded engines where an app may also publish what others publish, for a test that does so in their name, without them. They are read
/// when a mall starts, and may be gone then.
/// </summary>
sealed class StandIn : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-stand-in-");

    /// <summary>Writes them.</summary>
    public StandIn(string app, params IEnumerable<Topic> topics) =>
        ComponentCopies.PublishedBy(Path.Combine(AppContext.BaseDirectory, "components", "embedded"), folder.FullName, app, topics.Select(topic => topic.Name));

    /// <summary>For <c>LocalMallOptions.ComponentsFolder</c>.</summary>
    public string Components => folder.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
