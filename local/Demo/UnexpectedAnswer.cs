using System.Net;

namespace MallBots.Local.Demo;

/// <summary>The mall answered something that the specification does not promise for this call.</summary>
/// <param name="call">Method and path.</param>
/// <param name="status">The answer's status.</param>
/// <param name="code">Code of the problem document, if it was one.</param>
/// <param name="detail">What it says.</param>
internal sealed class UnexpectedAnswer(string call, HttpStatusCode status, string? code, string detail)
    : Exception($"{call} answered {(int)status}{(code is null ? "" : $" {code}")}: {detail}")
{
    /// <summary>Code of the problem document.</summary>
    public string? Code => code;

    /// <summary>The answer's status.</summary>
    public HttpStatusCode Status => status;
}
