using System.Globalization;
using System.Text.Json;

namespace MallBots.Local.Examination;

/// <summary>An SDK that <c>global.json</c> takes: its major and minor version, and not older (rollForward latestFeature).</summary>
static class SdkCheck
{
    const string Subject = ".NET SDK";

    public static async Task<IReadOnlyList<Finding>> Look(DoctorOptions options, CancellationToken cancel)
    {
        var wanted = Wanted() ?? new Version(Environment.Version.Major, 0, 100);
        var install = string.Create(CultureInfo.InvariantCulture,
            $"curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel {wanted.Major}.{wanted.Minor}  (Windows: winget install Microsoft.DotNet.SDK.{wanted.Major})");
        if (Programs.Find("dotnet", options.Variable) is not { } dotnet) return [new(Verdict.Problem, Subject, "dotnet is not on the PATH", install)];

        var installed = (await Programs.Ask(dotnet, ["--list-sdks"], cancel) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' ')[0]).ToList();
        var taken = installed.Where(version => Parse(version) is { } number && number.Major == wanted.Major && number.Minor == wanted.Minor && number >= wanted).ToList();
        return taken.Count > 0
            ? [new(Verdict.Fine, Subject, taken[^1])]
            : [new(Verdict.Problem, Subject, $"{wanted} or a later {wanted.Major}.{wanted.Minor} is wanted, and there is {(installed.Count == 0 ? "none" : string.Join(", ", installed))}", install)];
    }

    /// <summary>What the <c>global.json</c> of the repository says, looked for from here upwards; null when the program runs without it.</summary>
    static Version? Wanted()
    {
        foreach (var start in new[] { Environment.CurrentDirectory, AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var file = Path.Combine(folder.FullName, "global.json");
                if (!File.Exists(file) || !Directory.Exists(Path.Combine(folder.FullName, "components"))) continue;
                using var json = JsonDocument.Parse(File.ReadAllText(file));
                return Parse(json.RootElement.GetProperty("sdk").GetProperty("version").GetString()!);
            }
        }

        return null;
    }

    /// <summary>A preview of a version counts as that version.</summary>
    static Version? Parse(string text) => Version.TryParse(text.Split('-')[0], out var version) ? version : null;
}
