namespace MallBots.Local.Demo;

/// <summary>A step came out otherwise than it should.</summary>
/// <param name="instead">What was seen instead.</param>
internal sealed class StepNotSeen(string instead) : Exception(instead);
