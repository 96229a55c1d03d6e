using System.Globalization;
using MallBots.Local.Audit;

namespace MallBots.Local.Examination;

/// <summary>The data folder: writable, with room, and used by no other mall than one that answers.</summary>
static class DataFolderCheck
{
    const string Subject = "data folder";
    const long TooLittle = 200L << 20;
    const long Little = 2L << 30;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> Look(DoctorOptions options, RunningMall? here, CancellationToken cancel)
    {
        if (options.DataFolder is null || here is null) return [new(Verdict.Fine, Subject, "none: everything is kept in memory")];
        var folder = Path.GetFullPath(options.DataFolder);
        return [Writable(folder), Room(folder), .. await Use(folder, here, cancel)];
    }

    static Finding Writable(string folder)
    {
        // What would be created is tried in the nearest folder that is there.
        var nearest = folder;
        while (!Directory.Exists(nearest) && !File.Exists(nearest) && Path.GetDirectoryName(nearest) is { } above) nearest = above;
        try
        {
            using var probe = new FileStream(
                Path.Combine(nearest, $".doctor-{Guid.NewGuid():N}"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose });
            return new(Verdict.Fine, Subject, Directory.Exists(folder) ? folder : $"{folder} will be created");
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            return File.Exists(nearest)
                ? new(Verdict.Problem, Subject, $"{nearest} is a file", "dotnet run --project local -- --data DIR")
                : new(Verdict.Problem, Subject, $"{nearest} can't be written: {denied.Message}", $"chmod u+rwx '{nearest}'  (or: --data DIR)");
        }
    }

    static Finding Room(string folder)
    {
        try
        {
            var free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : Nearest(folder)).AvailableFreeSpace;
            var text = string.Create(CultureInfo.InvariantCulture, $"{free / (double)(1 << 30):0.0} GiB are free");
            return free switch
            {
                < TooLittle => new(Verdict.Problem, "free space", text, "make room, or choose a folder elsewhere with --data DIR"),
                < Little => new(Verdict.Note, "free space", text),
                _ => new(Verdict.Fine, "free space", text),
            };
        }
        catch (Exception untold) when (untold is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new(Verdict.Note, "free space", $"not known: {untold.Message}");
        }
    }

    static string Nearest(string folder) => Directory.Exists(folder) ? folder : Path.GetDirectoryName(folder) is { } above ? Nearest(above) : folder;

    static async Task<IReadOnlyList<Finding>> Use(string folder, RunningMall here, CancellationToken cancel)
    {
        var process = here.Access?.ProcessId is { } id ? string.Create(CultureInfo.InvariantCulture, $"process {id}") : "a process that is not named";
        if (!here.Runs)
        {
            return File.Exists(Path.Combine(folder, MallAccess.FileName))
                ? [new(Verdict.Note, "last mall", $"{process} was killed: its {MallAccess.FileName} is left; started again, the mall goes on where it was", "dotnet run --project local")]
                : [];
        }

        if (here.Access is null)
            return [new(Verdict.Problem, "other mall", "a mall that is just starting, or that has no gateway, holds the folder", "wait, stop it, or choose another folder with --data DIR")];
        var answers = await Answers(here.Access.Gateway, cancel);
        var kill = here.Access.ProcessId is null ? "stop it" : string.Create(CultureInfo.InvariantCulture, $"kill -9 {here.Access.ProcessId}");
        return answers
            ? [new(Verdict.Fine, "mall", $"one runs on this folder as {process}, at {here.Access.Gateway}")]
            : [new(Verdict.Problem, "other mall", $"{process} holds the folder, but its gateway at {here.Access.Gateway} does not answer", kill)];
    }

    static async Task<bool> Answers(Uri gateway, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri(gateway, "/healthz"), cancel);
            return true;
        }
        catch (Exception silent) when (silent is HttpRequestException || (silent is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }
}
