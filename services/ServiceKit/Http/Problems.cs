using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Connections;
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
        if (fault is ConnectionResetException or ConnectionAbortedException) return; // The client went away: nobody hears an answer, and it is no defect.
        var problem = fault switch
        {
            InvalidRequestException invalid => Invalid(invalid.Errors, context),
            BadHttpRequestException { StatusCode: 408 or 413 or 414 or 415 or 431 } bounds => OfStatus(bounds.StatusCode, context),
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

    /// <summary>Gives answers without a body, such as that for an unknown route, a problem document. What a path allows is no error for OPTIONS.</summary>
    public static Task AnswerStatus(HttpContext context)
    {
        var response = context.Response;
        if (response.StatusCode == 405)
        {
            response.Headers.Allow = Allowed(response.Headers.Allow.ToString());
            if (HttpMethods.IsOptions(context.Request.Method))
            {
                response.StatusCode = 204;
                return Task.CompletedTask;
            }
        }

        return TypedResults.Problem(OfStatus(response.StatusCode, context)).ExecuteAsync(context);
    }

    /// <summary>What stands in the routing's Allow, with HEAD for every GET (specification 2) and OPTIONS.</summary>
    static string Allowed(string methods)
    {
        var all = methods.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList();
        if (all.Contains(HttpMethods.Get) && !all.Contains(HttpMethods.Head)) all.Insert(all.IndexOf(HttpMethods.Get) + 1, HttpMethods.Head);
        if (!all.Contains(HttpMethods.Options)) all.Add(HttpMethods.Options);
        return string.Join(", ", all);
    }

    static ProblemDetails OfStatus(int status, HttpContext context) => status switch
    {
        401 => New("unauthorized", 401, "The sidecar's token is missing", "Only the sidecar calls this path, with the token of APP_API_TOKEN.", context),
        404 => New("not-found", 404, "There is nothing at this path", $"There is nothing at {(context.Request.Path.HasValue ? context.Request.Path : "*")}.", context),
        405 => New("method-not-allowed", 405, "The path does not know this method", $"Allowed here: {context.Response.Headers.Allow}.", context),
        408 => New("request-timeout", 408, "The body did not arrive", "The request announced a body that did not arrive in time.", context),
        413 => New("body-too-large", 413, "The body is too large", "The body is over 1 MiB.", context),
        414 => New("uri-too-long", 414, "The address is too long", $"Path and query may have {RequestBounds.LongestTarget} characters together.", context),
        415 => New("media-type", 415, "The media type is not supported", RequestHeaders.WrongMediaType(context.Request.Headers) ?? "Send a body of type application/json.", context),
        431 => New("headers-too-large", 431, "The headers are too large",
            $"All headers together may have {HeaderRules.MostBytes / 1024} KiB, those that services read {HeaderRules.MostBytesPassedOn / 1024} KiB; at most {HeaderRules.MostHeaders}.",
            context),
        < 500 => New("invalid-request", status, "The request is invalid", "The request could not be read.", context),
        _ => New("internal", status, "A defect of this service", "The request could not be served.", context),
    };

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
