namespace MallBots.Local;

/// <summary>The folder that a mall keeps everything in. One process at a time: a second one would share its SQLite files and sidecars' queues.</summary>
internal sealed class DataFolder : IDisposable
{
    readonly FileStream lockFile;

    DataFolder(string path, FileStream lockFile)
    {
        Path = path;
        this.lockFile = lockFile;
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Creates the folder where it is missing and takes its lock, which the system gives back however the process ends.</summary>
    /// <exception cref="LocalMallException">Another process has it, or it can't be written.</exception>
    public static DataFolder Open(string path)
    {
        var fullPath = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(fullPath);
            return new DataFolder(fullPath, new FileStream(LockOf(fullPath), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException taken) when (File.Exists(LockOf(fullPath)))
        {
            throw new LocalMallException($"The folder {fullPath} is used by another mall that is running. Stop it, or choose another with --data.", taken);
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            throw new LocalMallException($"The folder {fullPath} can't be used: {denied.Message}", denied);
        }
    }

    /// <summary>Whether a mall runs on the folder: its lock is held. The lock's file stays behind when a mall ends, however it does.</summary>
    public static bool IsInUse(string path)
    {
        try
        {
            using var free = new FileStream(LockOf(path), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception nothing) when (nothing is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => lockFile.Dispose();

    static string LockOf(string path) => System.IO.Path.Combine(path, "lock");
}
