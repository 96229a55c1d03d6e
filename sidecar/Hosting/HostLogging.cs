namespace MallBots.Sidecar.Hosting;

/// <summary>Hands the web host's own messages to the sidecar's loggers, warnings and errors only.</summary>
internal static class HostLogging
{
    /// <summary>Adds the loggers to the host.</summary>
    public static void Use(ILoggingBuilder logging, ILoggerFactory loggers)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddProvider(new ForwardingProvider(loggers));

        // With this category enabled ASP.NET makes an Activity for every request, which nobody here reads.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
    }

    sealed class ForwardingProvider(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        // The loggers belong to the caller.
        public void Dispose()
        {
        }
    }
}
