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
            var lockPath = System.IO.Path.Combine(fullPath, "lock");
            return new DataFolder(fullPath, new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException taken) when (File.Exists(System.IO.Path.Combine(fullPath, "lock")))
        {
            throw new LocalMallException($"The folder {fullPath} is used by another mall that is running. Stop it, or choose another with --data.", taken);
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            throw new LocalMallException($"The folder {fullPath} can't be used: {denied.Message}", denied);
        }
    }

    public void Dispose() => lockFile.Dispose();
}
