using System.Globalization;
using System.Text;
using MallBots.Contracts;

namespace MallBots.Chart.Tests.Mall;

/// <summary><c>files/apps.yaml</c> of the chart: the table of apps of the contracts as the templates read it.</summary>
static class AppsFile
{
    public const string Path = "helm/mallbots/files/apps.yaml";

    /// <summary>What the file has to be.</summary>
    public static string Text()
    {
        var text = new StringBuilder()
            .AppendLine("# The table of apps in services/Contracts/Apps.cs, for the templates. Written by MALLBOTS_UPDATE=1 dotnet test tests/Chart.Tests; a test holds it to the code.")
            .AppendLine("topics:");
        foreach (var topic in Topics.All) text.AppendLine(CultureInfo.InvariantCulture, $"  - {topic.Name}");
        text.AppendLine("apps:");
        foreach (var app in Apps.All)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  - id: {app.Id}")
                .AppendLine(CultureInfo.InvariantCulture, $"    port: {app.Port}")
                .AppendLine(CultureInfo.InvariantCulture, $"    components: [{string.Join(", ", app.Components)}]")
                .AppendLine(CultureInfo.InvariantCulture, $"    publishes: [{string.Join(", ", app.Publishes.Select(topic => topic.Name))}]")
                .AppendLine(CultureInfo.InvariantCulture, $"    hears: [{string.Join(", ", app.Hears.Select(topic => topic.Name))}]")
                .AppendLine(app.InvokedRoutes.Count == 0 ? "    invoked: []" : "    invoked:");
            foreach (var route in app.InvokedRoutes)
            {
                var methods = route.Methods.Select(method => method == "*" ? "\"*\"" : method);
                text.AppendLine(CultureInfo.InvariantCulture, $"      - {{path: {route.Path}, methods: [{string.Join(", ", methods)}], callers: [{string.Join(", ", route.Callers)}]}}");
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }
}
