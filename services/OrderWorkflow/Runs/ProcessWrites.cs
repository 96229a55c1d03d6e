using MallBots.OrderWorkflow.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>
/// How activities write to the process document: within <see cref="RunOptions.LongestAttempt"/>, so that an instance whose status does not move for
/// longer than a pause and an attempt does stand still.
/// </summary>
public sealed class ProcessWrites(Documents<OrderProcess> processes, RunOptions options, TimeProvider clock)
{
    /// <summary>Changes the document.</summary>
    /// <returns>A passing fault in short, since an exception would fill the history (fact W7); null when it is done.</returns>
    public async Task<string?> Write(string orderId, string instanceId, Func<OrderProcess, Decision> decide)
    {
        using var limit = new CancellationTokenSource(options.LongestAttempt, clock);
        try
        {
            // Not waited for to its end: a save that is under way ends by itself, and is as harmless as a repetition.
            await processes.Change(orderId, Command.Internal(instanceId, limit.Token), decide).WaitAsync(limit.Token);
            return null;
        }
        catch (Exception fault) when (fault is UnavailableException or BusyException)
        {
            return fault.Message;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return $"The process document was not written within {options.LongestAttempt}.";
        }
    }
}
