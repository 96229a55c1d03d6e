using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Local.Audit;

/// <summary>How the auditor gets at a running mall: the gateway for everything public, and the services themselves where a rule needs what only they know.</summary>
/// <param name="Gateway">Address of the gateway.</param>
/// <param name="Services">Addresses of the services by app-id.</param>
/// <param name="AppApiToken">The token that opens their internal routes; null when only the public APIs can be asked.</param>
/// <param name="ProcessId">The process that it runs as; null when it is not known, as in the word that earlier malls left.</param>
public sealed record MallAccess(Uri Gateway, IReadOnlyDictionary<string, Uri> Services, string? AppApiToken, int? ProcessId = null)
{
    internal const string FileName = "access.json";

    /// <summary>A mall on the ports of the specification, all moved by what the gateway's is; the token is that of the environment (APP_API_TOKEN), if any.</summary>
    /// <exception cref="LocalMallException">There are no such ports behind the gateway's.</exception>
    public static MallAccess At(Uri gateway, string? appApiToken)
    {
        var first = gateway.Port - Apps.Ports[Apps.Gateway];
        return first + Apps.Ports.Values.Max() <= ushort.MaxValue
            ? new(gateway, Apps.Ports.ToDictionary(app => app.Key, app => new UriBuilder(gateway) { Port = first + app.Value }.Uri), appApiToken)
            : throw new LocalMallException($"No mall is at {gateway}: its services listen on the nine ports behind the gateway's, and there are not that many.");
    }

    /// <summary>The mall that runs on this data folder, as it left word there.</summary>
    /// <exception cref="LocalMallException">None does.</exception>
    public static MallAccess Of(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path)) throw new LocalMallException($"No mall runs on the folder {Path.GetFullPath(dataFolder)}: there is no {FileName} in it.");
        try
        {
            return JsonSerializer.Deserialize<MallAccess>(File.ReadAllText(path)) is { Gateway: not null, Services: not null } access
                ? access
                : throw new JsonException("no addresses");
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new LocalMallException($"{Path.GetFullPath(path)} says nothing about a mall: {unreadable.Message} A mall that starts on this folder writes it anew.", unreadable);
        }
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
