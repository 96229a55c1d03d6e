using System.Globalization;
using System.Net.NetworkInformation;

namespace MallBots.Local.Examination;

/// <summary>Who listens on a port, where the system tells: on Linux by /proc, of processes of this user.</summary>
static class Listeners
{
    /// <summary>A process that listens on a port.</summary>
    /// <param name="ProcessId">Its id.</param>
    /// <param name="CommandLine">How it was started.</param>
    public sealed record Listener(int ProcessId, string CommandLine)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} ({(CommandLine.Length > 80 ? CommandLine[..80] + "…" : CommandLine)})");
    }

    /// <summary>Which of the ports somebody listens on, and who, where that is known.</summary>
    public static IReadOnlyDictionary<int, Listener?> Of(IReadOnlyCollection<int> ports)
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).Where(ports.Contains).Distinct().ToList();
        if (taken.Count == 0 || !OperatingSystem.IsLinux()) return taken.ToDictionary(port => port, _ => (Listener?)null);
        var sockets = Sockets(taken);
        var owners = Owners([.. sockets.Values]);
        return taken.ToDictionary(port => port, port => sockets.TryGetValue(port, out var socket) ? owners.GetValueOrDefault(socket) : null);
    }

    /// <summary>The processes of this user whose command line has all of these words in it.</summary>
    public static IEnumerable<Listener> StartedAs(params string[] words) =>
        Processes().Select(id => new Listener(id, CommandLineOf(id))).Where(process => words.All(word => process.CommandLine.Contains(word, StringComparison.Ordinal)));

    /// <summary>The socket, by its inode, that listens on each of the ports.</summary>
    static Dictionary<int, string> Sockets(List<int> ports)
    {
        const string listening = "0A";
        var sockets = new Dictionary<int, string>();
        foreach (var line in new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(table => File.ReadLines(table).Skip(1)))
        {
            // sl, local_address (hexadecimal address:port), rem_address, st, queues, timer, retransmits, uid, timeout, inode
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 10 || fields[3] != listening) continue;
            var port = int.Parse(fields[1].AsSpan(fields[1].LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (ports.Contains(port)) sockets.TryAdd(port, $"socket:[{fields[9]}]");
        }

        return sockets;
    }

    static Dictionary<string, Listener> Owners(HashSet<string> sockets)
    {
        var owners = new Dictionary<string, Listener>();
        foreach (var id in Processes())
        {
            try
            {
                foreach (var descriptor in Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/fd")))
                    if (new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target)) owners.TryAdd(target, new Listener(id, CommandLineOf(id)));
            }
            catch (Exception notOurs) when (notOurs is IOException or UnauthorizedAccessException)
            {
                // Another user's process, or one that has just ended: the system does not tell.
            }
        }

        return owners;
    }

    static IEnumerable<int> Processes() => !Directory.Exists("/proc")
        ? []
        : Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0);

    static string CommandLineOf(int id)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/cmdline")).Replace('\0', ' ').Trim();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
