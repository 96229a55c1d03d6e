using System.Text.RegularExpressions;

namespace MallBots.TestKit;

/// <summary>Components of the mall in a folder of a test, changed in one thing: an app of the test has no rights in them otherwise.</summary>
public static partial class ComponentCopies
{
    /// <summary>Copies the components of a folder, which one more app sees; its rights to topics are as they were: none.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">The new folder.</param>
    /// <param name="app">The app-id.</param>
    public static void SeenBy(string from, string to, string app) => Copy(from, to, text => Scopes().Replace(text, $"scopes:\n  - {app}\n", 1));

    /// <summary>The same, and that app hears these topics of the broker.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">The new folder.</param>
    /// <param name="app">The app-id.</param>
    /// <param name="topics">The topics' names.</param>
    public static void HeardBy(string from, string to, string app, params IEnumerable<string> topics) => Copy(from, to, text =>
        SubscriptionScopes().Replace(Scopes().Replace(text, $"scopes:\n  - {app}\n", 1), $"$0        {app}={string.Join(',', topics)};\n", 1));

    /// <summary>Copies the components of a folder, where an app of the mall may also publish these topics, which are others'.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">The new folder.</param>
    /// <param name="app">The app-id.</param>
    /// <param name="topics">The topics' names.</param>
    public static void PublishedBy(string from, string to, string app, params IEnumerable<string> topics) =>
        Copy(from, to, text => PublishingScopes().Replace(text, $"$0        {app}={string.Join(',', topics)};\n", 1)); // Who stands there twice has both (fact P14).

    static void Copy(string from, string to, Func<string, string> change)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from, "*.yaml"))
        {
            var text = File.ReadAllText(file).ReplaceLineEndings("\n");
            File.WriteAllText(Path.Combine(to, Path.GetFileName(file)), change(text));
        }
    }

    [GeneratedRegex("^scopes:\n", RegexOptions.Multiline)]
    private static partial Regex Scopes();

    [GeneratedRegex("^ *- name: publishingScopes\n *value: >-\n", RegexOptions.Multiline)]
    private static partial Regex PublishingScopes();

    [GeneratedRegex("^ *- name: subscriptionScopes\n *value: >-\n", RegexOptions.Multiline)]
    private static partial Regex SubscriptionScopes();
}
