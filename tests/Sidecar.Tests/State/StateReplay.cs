using System.Text.Json.Nodes;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.State;

/// <summary>Plays the cases of a state transcript in order: later ones depend on earlier ones, so all differences are told together.</summary>
public static class StateReplay
{
    public static async Task PlayAsync(string recording, Func<JsonObject, Task> replay, Func<Task> untilExpired)
    {
        var leftOut = LeftOut.Of(recording);
        var differences = new List<string>();
        var cases = Recording.Load(recording);
        foreach (var entry in cases)
        {
            var name = Recording.NameOf(entry);
            if (leftOut.ContainsKey(name)) continue;
            if (name == "ttl-get-later") await untilExpired();
            try
            {
                await replay(entry);
            }
            catch (Xunit.Sdk.XunitException difference)
            {
                differences.Add($"{name}: {difference.Message}");
            }
        }

        var left = cases.Count(entry => leftOut.ContainsKey(Recording.NameOf(entry)));
        TestContext.Current.TestOutputHelper!.WriteLine($"{recording}: {cases.Count} cases, {left} left out, {differences.Count} differ");
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }
}
