namespace MallBots.Sidecar.Hosting;

/// <summary>A trap (<see cref="Traps.CutAnswers"/>): the call was carried out, and its caller is not to hear of it.</summary>
internal sealed class CutAnswerException() : Exception("The answer is cut, as a trap wants it.");
