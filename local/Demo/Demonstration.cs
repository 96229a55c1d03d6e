namespace MallBots.Local.Demo;

/// <summary>Runs the demo against a mall that listens at an address: everything in order is exit code 0, anything that was not seen is 1.</summary>
public static class Demonstration
{
    /// <summary>Runs it.</summary>
    /// <param name="gateway">Address of the mall's gateway.</param>
    /// <param name="options">What to run, and by when.</param>
    /// <param name="output">Where the time line goes.</param>
    /// <param name="clock">The clock of the deadline and the time line.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(Uri gateway, DemoOptions options, TextWriter output, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var http = new HttpClient { BaseAddress = gateway, Timeout = options.Deadline };
        var mall = new MallClient(http);
        var line = new TimeLine(output, clock);
        try
        {
            await line.Until("a mall that answers", async () =>
            {
                var (ready, because) = await mall.IsReady(either.Token);
                return (ready ? gateway : null, because);
            }, either.Token);
            line.Seen("the mall answers", gateway.ToString());

            if (options.Resume)
                await new UnfinishedOrders(mall, line).BringToTheirEnd(either.Token);
            else
                await new Story(mall, line).Tell(await SeedMall.ReadAsync(options.SeedFile, either.Token), either.Token);
            return 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            output.WriteLine($"NOT SEEN within {options.Deadline.TotalSeconds:0} s: {line.WaitingFor}. Instead: {line.InsteadSeen ?? "no answer"}.");
            return 1;
        }
        catch (Exception otherwise) when (otherwise is StepNotSeen or UnexpectedAnswer or HttpRequestException)
        {
            output.WriteLine($"NOT SEEN: {line.WaitingFor}. Instead: {otherwise.GetBaseException().Message}");
            return 1;
        }
    }
}
