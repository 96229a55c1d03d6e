namespace MallBots.Local;

/// <summary>The mall can't start for a reason that whoever started it can change; the message says it in one line.</summary>
/// <param name="message">What is wrong, and what to do about it.</param>
/// <param name="cause">What it was found by.</param>
public sealed class LocalMallException(string message, Exception? cause = null) : Exception(message, cause);
