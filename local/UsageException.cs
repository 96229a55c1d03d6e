namespace MallBots.Local;

/// <summary>The command line asks for something that does not go together; the message says it in one line.</summary>
/// <param name="message">Which option, and what it wants.</param>
sealed class UsageException(string message) : Exception(message);
