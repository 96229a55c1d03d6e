using MallBots.Local.Audit;

namespace MallBots.Local.Examination;

/// <summary>What a data folder says of the mall that runs, or ran, on it.</summary>
/// <param name="Runs">Whether the folder's lock is held.</param>
/// <param name="Access">The word that was left there; null when there is none, or it can't be read.</param>
sealed record RunningMall(bool Runs, MallAccess? Access)
{
    /// <summary>The process that a mall runs as; null when none runs, or it is not known.</summary>
    public int? ProcessId => Runs ? Access?.ProcessId : null;

    public static RunningMall On(string folder)
    {
        var runs = DataFolder.IsInUse(folder);
        try
        {
            return new RunningMall(runs, MallAccess.Of(folder));
        }
        catch (LocalMallException)
        {
            return new RunningMall(runs, null);
        }
    }
}
