using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Local.Audit;

/// <summary>How the auditor gets at a running mall: the gateway for everything public, and the services themselves where a rule needs what only they know.</summary>
/// <param name="Gateway">Address of the gateway.</param>
/// <param name="Services">Addresses of the services by app-id.</param>
/// <param name="AppApiToken">The token that opens their internal routes; null when only the public APIs can be asked.</param>
public sealed record MallAccess(Uri Gateway, IReadOnlyDictionary<string, Uri> Services, string? AppApiToken)
{
    const string FileName = "access.json";

    /// <summary>A mall on the ports of the specification, all moved by what the gateway's is; the token is that of the environment (APP_API_TOKEN), if any.</summary>
    public static MallAccess At(Uri gateway, string? appApiToken) => new(
        gateway,
        Apps.Ports.ToDictionary(app => app.Key, app => new UriBuilder(gateway) { Port = gateway.Port + app.Value - Apps.Ports[Apps.Gateway] }.Uri),
        appApiToken);

    /// <summary>The mall that runs on this data folder, as it left word there.</summary>
    /// <exception cref="LocalMallException">None does.</exception>
    public static MallAccess Of(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path)) throw new LocalMallException($"No mall runs on the folder {Path.GetFullPath(dataFolder)}: there is no {FileName} in it.");
        return JsonSerializer.Deserialize<MallAccess>(File.ReadAllText(path)) ?? throw new LocalMallException($"{path} is empty.");
    }

    /// <summary>Leaves word in the data folder, for its owner alone: the token opens every internal route.</summary>
    internal void WriteTo(string dataFolder)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(Path.Combine(dataFolder, FileName));
        using var file = new FileStream(Path.Combine(dataFolder, FileName), options);
        JsonSerializer.Serialize(file, this);
    }

    /// <summary>Takes the word back when the mall stops.</summary>
    internal static void RemoveFrom(string dataFolder) => File.Delete(Path.Combine(dataFolder, FileName));
}
