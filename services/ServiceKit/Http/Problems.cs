using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;

namespace MallBots.ServiceKit.Http;

/// <summary>Bad input: 400 <c>invalid-request</c> with the errors by field.</summary>
/// <param name="errors">For each field what is wrong with it: the value and the rule.</param>
public sealed class InvalidRequestException(IReadOnlyDictionary<string, string[]> errors) : Exception("The request is invalid.")
{
    /// <summary>One field and what is wrong with it.</summary>
    public InvalidRequestException(string field, string error) : this(new Dictionary<string, string[]> { [field] = [error] }) { }

    /// <inheritdoc cref="InvalidRequestException(string, string)"/>
    public InvalidRequestException(string field, ApiText error) : this(field, error.ToString()) { }

    /// <summary>For each field what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; } = errors;
}

/// <summary>The one place where refusals and faults become problem documents (RFC 9457; specification 2; docs/problems.md).</summary>
static partial class Problems
{
    const string Repeatable = "Nothing is known to be saved. Repeating the request with the same Idempotency-Key is safe.";

    public static IResult Of(Refusal refusal, HttpContext context)
    {
        var problem = New(refusal.Code, refusal.Kind.Status, refusal.Kind.Title, refusal.Text, context);
        if (refusal.Data is { } data)
            foreach (var member in JsonSerializer.SerializeToElement(data, data.GetType(), KitJson.Options).EnumerateObject()) problem.Extensions[member.Name] = member.Value;
        if (refusal.Kind.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return TypedResults.Problem(problem);
    }

    /// <summary>Answers an exception; rethrows none, shows no stack.</summary>
    public static async Task Answer(HttpContext context, ILogger log)
    {
        var fault = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var problem = fault switch
        {
            InvalidRequestException invalid => Invalid(invalid.Errors, context),
            BadHttpRequestException { StatusCode: 413 } => New("body-too-large", 413, "The body is too large", "The body is over 1 MiB.", context),
            MediaTypeException type => New("media-type", 415, "The media type is not supported", type.Message, context),
            BadHttpRequestException bad => Invalid(Explain(bad), context),
            BusyException busy => New("busy", 503, "Too much at once", $"{busy.Message} {Repeatable}", context),
            UnavailableException away => New("unavailable", 503, "Something that is needed did not answer", $"{away.Message} {Repeatable}", context),
            OperationCanceledException => New("unavailable", 503, "The request was given up", Repeatable, context),
            _ => New("internal", 500, "A defect of this service", "The defect is logged under the trace id.", context),
        };
        if (problem.Status == 503) context.Response.Headers.RetryAfter = "1";
        if (problem.Status == 500) LogDefect(log, context.Request.Method, context.Request.Path, fault);
        await TypedResults.Problem(problem).ExecuteAsync(context);
    }

    /// <summary>Gives answers without a body, such as that for an unknown route, a problem document.</summary>
    public static Task AnswerStatus(HttpContext context)
    {
        var (code, title) = context.Response.StatusCode switch
        {
            401 => ("unauthorized", "The sidecar's token is missing"),
            404 => ("not-found", "There is nothing at this path"),
            405 => ("method-not-allowed", "The path does not know this method"),
            413 => ("body-too-large", "The body is too large"),
            415 => ("media-type", "The media type is not supported"),
            var other => ($"status-{other}", "The request could not be served"),
        };
        // Routing knows the media types of its routes, so most that are wrong end there.
        var detail = context.Response.StatusCode == 415 && RequestHeaders.WrongMediaType(context.Request.Headers) is { } wrong
            ? wrong
            : $"{context.Request.Method} {context.Request.Path}";
        return TypedResults.Problem(New(code, context.Response.StatusCode, title, detail, context)).ExecuteAsync(context);
    }

    public static ProblemDetails New(string code, int status, string title, string detail, HttpContext context) => new()
    {
        Type = $"urn:mallbots:problem:{code}",
        Status = status,
        Title = title,
        Detail = detail,
        Extensions = { ["traceId"] = Activity.Current?.Id ?? context.TraceIdentifier },
    };

    static ProblemDetails Invalid(IReadOnlyDictionary<string, string[]> errors, HttpContext context)
    {
        var problem = New(
            "invalid-request", 400, "The request is invalid", string.Join(" ", errors.Select(error => $"{error.Key}: {string.Join(' ', error.Value)}")), context);
        problem.Extensions["errors"] = errors;
        return problem;
    }

    /// <summary>A request that the framework could not read or bind. Bodies of the API don't come here (<see cref="RequestBody"/>); its wording shows our type names, so it stays inside.</summary>
    static Dictionary<string, string[]> Explain(BadHttpRequestException bad) =>
        bad.InnerException is null && ParameterName().Match(bad.Message) is { Success: true } parameter
            ? new() { [parameter.Groups[1].Value] = ["is missing or has the wrong form."] }
            : new() { ["body"] = ["could not be read to its end."] };

    [GeneratedRegex("parameter \"[^\"]*?(\\w+)\"")]
    private static partial Regex ParameterName();

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    static partial void LogDefect(ILogger log, string method, string path, Exception? fault);
}
