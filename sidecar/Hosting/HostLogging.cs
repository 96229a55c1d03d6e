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
        public ILogger CreateLogger(string categoryName) => new ForwardingLogger(loggers.CreateLogger(categoryName));

        // The loggers belong to the caller.
        public void Dispose()
        {
        }
    }

    sealed class ForwardingLogger(ILogger logger) : ILogger
    {
        // What Kestrel throws while it reads a request: the app has gone in the middle of its call, as each one does that stops. That is no error of the sidecar's.
        const string OfConnection = "Microsoft.AspNetCore.Server.Kestrel";

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var hasGone = exception is IOException { StackTrace: { } where } && where.Contains(OfConnection, StringComparison.Ordinal);
            if (!hasGone) logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
