using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using MallBots.Images.Tests;
using MallBots.TestKit;
using Xunit;

[assembly: AssemblyFixture(typeof(PublishedImages))]

namespace MallBots.Images.Tests;

/// <summary>What a project would be as an image, as MSBuild evaluates it.</summary>
public sealed record ImageDescription(
    string Project, string Repository, string Tag, string Port, string User, string BaseImage, string Title, string License, string Description, string Assembly, string Version);

/// <summary>
/// What the images hold: every service and `local`, published once from what is built, on a tree that nobody may write. `Start` runs one of them as in a pod:
/// as a user without rights, with no variables but those that are given.
/// </summary>
public sealed class PublishedImages : IAsyncLifetime
{
    const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    const UnixFileMode Enterable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    const UnixFileMode Open = Enterable | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-images-");

    /// <summary>Every image.</summary>
    public IReadOnlyList<ImageDescription> All { get; private set; } = [];

    /// <summary>The tree of all published folders.</summary>
    public string Tree => Path.Combine(folder.FullName, "published");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Images are of Linux.");
        var start = new ProcessStartInfo(Dotnet,
        [
            "msbuild", Repository.PathOf("tests/Images.Tests/publish.targets"), "-t:Publish", "-m:2", "-v:quiet", "-nologo", "-nodeReuse:false",
            $"-p:Configuration={Configuration}", $"-p:Folder={Tree}",
        ])
        { WorkingDirectory = Repository.Root };
        await using var publishing = ChildProcess.Start(start);
        await publishing.Process.WaitForExitAsync().Within(TimeSpan.FromMinutes(2));
        Assert.True(publishing.Process.ExitCode == 0, string.Join('\n', publishing.Printed));
        All = [.. (await File.ReadAllLinesAsync(Path.Combine(Tree, "images.txt"))).Select(line => line.Split('|')).Select(part =>
            new ImageDescription(part[0], part[1], part[2], part[3], part[4], part[5], part[6], part[7], part[8], part[9], part[10]))];
        Allow(folder.FullName, Enterable | UnixFileMode.UserWrite);
        foreach (var file in Directory.EnumerateFiles(Tree, "*", SearchOption.AllDirectories)) Allow(file, Readable);
        foreach (var directory in Directory.EnumerateDirectories(Tree, "*", SearchOption.AllDirectories).Append(Tree)) Allow(directory, Enterable);
    }

    public ValueTask DisposeAsync()
    {
        if (Directory.Exists(Tree))
            foreach (var directory in Directory.EnumerateDirectories(Tree, "*", SearchOption.AllDirectories).Append(Tree)) Allow(directory, Open);
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A new folder that the program may write: an emptyDir.</summary>
    public string EmptyFolder()
    {
        var empty = Directory.CreateDirectory(Path.Combine(folder.FullName, $"volume-{Guid.NewGuid():N}")).FullName;
        Allow(empty, Open);
        return empty;
    }

    /// <summary>What is in a folder, of the published tree or one of <see cref="EmptyFolder"/>.</summary>
    public static IReadOnlyList<string> FilesOf(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];

    /// <summary>Starts what a project has published, in its folder.</summary>
    public ChildProcess Start(string project, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var image = All.Single(one => one.Project == project);
        string[] command = [Dotnet, Path.Combine(Tree, project, $"{image.Assembly}.dll"), .. arguments];
        // Whoever is not root has no rights on the tree either; only root can become the image's own user.
        if (Environment.UserName == "root") command = ["/usr/bin/setpriv", "--reuid", image.User, "--regid", image.User, "--clear-groups", "--no-new-privs", .. command];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = Path.Combine(Tree, project) };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return ChildProcess.Start(start);
    }

    static void Allow(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    static string Configuration => typeof(PublishedImages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "Configuration").Value!;
}
