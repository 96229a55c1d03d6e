namespace MallBots.Sidecar.Hosting;

/// <summary>Whether an app is there: on connecting, the parts ask it for what they need (fact P10).</summary>
internal sealed partial class AppConnection(AppSidecar app, IReadOnlyList<ISidecarPart> parts, ILogger log) : IAsyncDisposable
{
    readonly Lock access = new();
    CancellationTokenSource? current;
    Task opening = Task.CompletedTask;

    /// <summary>The app listens on this port. An open connection is closed first.</summary>
    public void Open(int port)
    {
        lock (access)
        {
            Close();
            app.SetAppPort(port);
            app.IsConnected = true;
            current = new CancellationTokenSource();
            opening = OpenAsync(opening, current.Token);
        }
    }

    /// <summary>The app is gone.</summary>
    public void Close()
    {
        lock (access)
        {
            if (current is null) return;
            current.Cancel();
            current = null;
            app.IsConnected = false;
            foreach (var part in parts) part.AppDisconnected(app);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await opening;
    }

    async Task OpenAsync(Task earlier, CancellationToken cancel)
    {
        await earlier;
        try
        {
            foreach (var part in parts) await part.AppConnectedAsync(app, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The app went away meanwhile.
        }
        catch (Exception fault)
        {
            LogFault(log, app.AppId, fault);
        }
    }

    [LoggerMessage(LogLevel.Error, "App {AppId} cannot be connected")]
    static partial void LogFault(ILogger log, string appId, Exception fault);
}
