using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.ServiceKit.Http;

/// <summary>Turns what came of a use case into an answer: the resource with its ETag, or a problem document.</summary>
public static class Answers
{
    /// <summary>200 with the whole resource as it is now.</summary>
    public static async Task<IResult> Ok<T>(this Task<Outcome<T>> outcome) where T : class, IAggregate<T> => new Resource<T>(await outcome, 200);

    /// <summary>200 with a part or another view of the resource.</summary>
    /// <param name="outcome">What came of the use case.</param>
    /// <param name="view">The view.</param>
    /// <param name="live">True when the view shows more than the resource's version tells, so that it is never answered as known (304).</param>
    public static async Task<IResult> Ok<T>(this Task<Outcome<T>> outcome, Func<T, string, object> view, bool live = false) where T : class, IAggregate<T> =>
        new Resource<T>(await outcome, 200, View: view, IsLive: live);

    /// <summary>201 with the resource and where it is.</summary>
    public static async Task<IResult> Created<T>(this Task<Outcome<T>> outcome, Func<T, string> location) where T : class, IAggregate<T> =>
        new Resource<T>(await outcome, 201, location);

    /// <summary>202: the rest happens in the background, to be watched at the location. The body is the resource, or a view of it.</summary>
    public static async Task<IResult> Accepted<T>(this Task<Outcome<T>> outcome, Func<T, string> location, Func<T, string, object>? view = null)
        where T : class, IAggregate<T> => new Resource<T>(await outcome, 202, location, view);

    /// <summary>204: the resource is gone.</summary>
    public static async Task<IResult> Gone<T>(this Task<Outcome<T>> outcome) where T : class, IAggregate<T> => new Resource<T>(await outcome, 204);

    /// <summary>A page of resources.</summary>
    public static async Task<IResult> Ok<T>(this Task<Page<T>> page) where T : class, IAggregate<T> => new Listed<T>(await page);

    /// <summary>A page of another view of resources.</summary>
    public static async Task<IResult> Ok<T>(this Task<Page<T>> page, Func<T, string, object> view) where T : class, IAggregate<T> => new Listed<T>(await page, view);

    /// <summary>A refusal as a problem document.</summary>
    public static IResult Problem(Refusal refusal) => new Refused(refusal);

    static string Currency(HttpContext context) => context.RequestServices.GetRequiredService<KitOptions>().Currency;

    sealed record Resource<T>(Outcome<T> Outcome, int Status, Func<T, string>? Location = null, Func<T, string, object>? View = null, bool IsLive = false) : IResult
        where T : class, IAggregate<T>
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (Outcome.Refusal is { } refusal) return Problems.Of(refusal, httpContext).ExecuteAsync(httpContext);
            var (request, response) = (httpContext.Request, httpContext.Response);
            var etag = VersionCondition.ETag(Outcome.Version);
            response.Headers.ETag = etag;
            if (!IsLive && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && RequestHeaders.Knows(request.Headers, etag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }

            response.StatusCode = Status;
            if (Location is not null) response.Headers.Location = Location(Outcome.Value);
            if (Status == 204) return Task.CompletedTask;
            var body = View is null ? Outcome.Value.ToPublic(Currency(httpContext)) : View(Outcome.Value, Currency(httpContext));
            return response.WriteAsJsonAsync(body, body.GetType(), httpContext.RequestAborted);
        }
    }

    sealed record Listed<T>(Page<T> Page, Func<T, string, object>? View = null) : IResult where T : class, IAggregate<T>
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var currency = Currency(httpContext);
            var items = Page.Items.Select(item => View is null ? item.ToPublic(currency) : View(item, currency)).ToList();
            return httpContext.Response.WriteAsJsonAsync(new Page<object>(items, Page.Next), httpContext.RequestAborted);
        }
    }

    sealed record Refused(Refusal Refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => Problems.Of(Refusal, httpContext).ExecuteAsync(httpContext);
    }
}

/// <summary>Query parameters of a list, read as specification 2 has them.</summary>
public sealed partial record ListQuery
{
    ListQuery(HttpContext context, Paging paging) => (this.context, Paging) = (context, paging);

    /// <summary>The longest page.</summary>
    internal const int MostItems = 200;

    readonly HttpContext context;

    /// <summary>limit (1 to 200, default 50) and cursor.</summary>
    public Paging Paging { get; }

    /// <summary>True when the parameter is there, also empty.</summary>
    public bool Has(string name) => context.Request.Query.ContainsKey(name);

    /// <summary>What stands there, without white space at its ends; null when it is not there, or empty.</summary>
    /// <exception cref="InvalidRequestException">It stands there twice.</exception>
    public string? Text(string name) => !context.Request.Query.TryGetValue(name, out var values) ? null
        : values.Count > 1 ? throw new InvalidRequestException(name, $"stands here {values.Count} times; send it once.")
        : values.ToString().Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A text that is searched for; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">It is longer, has control characters, or nothing in it can be seen.</exception>
    public string? Text(string name, int most) =>
        Text(name) is not { } text ? null : Texts.Wrong(text, 0, most, lines: false) is { } wrong ? throw new InvalidRequestException(name, wrong) : text;

    /// <summary>A filter by an id; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">What can be no id.</exception>
    public string? Id(string name) => Text(name) is not { } text ? null
        : Ids.IsValid(text) ? text : throw new InvalidRequestException(name, $"{Ids.Rule}, not {Shown.Short(text)}.");

    /// <summary>A filter by one of the values of an enumeration, in camelCase; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Another value.</exception>
    public TEnum? Value<TEnum>(string name) where TEnum : struct, Enum
    {
        if (Text(name) is not { } text) return null;
        foreach (var value in Enum.GetValues<TEnum>())
            if (ApiText.Word(value) == text) return value;
        throw new InvalidRequestException(name, WordsAttribute.OneOf(Enum.GetValues<TEnum>().Select(ApiText.Word), text));
    }

    /// <summary>A filter by true or false; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Another value.</exception>
    public bool? Flag(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var other => throw new InvalidRequestException(name, $"must be true or false, not {Shown.Short(other)}."),
    };

    /// <summary>A whole number within bounds, written as JSON writes numbers; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Anything else.</exception>
    public int? Whole(string name, int least, int most) =>
        Text(name) is not { } text ? null
        : ExactNumber.TryRead(text, out var number) && number.Whole is { } whole && whole >= least && whole <= most ? whole
        : throw new InvalidRequestException(name, $"must be a whole number from {least} to {most}, not {Shown.Short(text)}.");

    /// <summary>An amount of money of 0 or more, with at most two decimal places, written as JSON writes numbers; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Anything else.</exception>
    public decimal? Money(string name, int most) =>
        Text(name) is not { } text ? null
        : ExactNumber.TryRead(text, out var number) && number is { IsNegative: false, Places: <= 2, Decimal: { } amount } && amount <= most ? amount
        : throw new InvalidRequestException(name, $"must be an amount from 0 to {most} with at most two decimal places, such as 9.50, not {Shown.Short(text)}.");

    /// <summary>A point in time in RFC 3339; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Anything else, such as a date alone, which says nothing without a time zone.</exception>
    public DateTimeOffset? Time(string name) =>
        Text(name) is not { } text ? null
        : Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var time) ? time
        : throw new InvalidRequestException(name, $"must be a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z, not {Shown.Short(text)}; in a URL, + is written %2B.");

    [System.Text.RegularExpressions.GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,7})?(?:Z|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial System.Text.RegularExpressions.Regex Rfc3339();

    /// <summary>Minimal APIs bind a parameter of this type by it.</summary>
    /// <exception cref="InvalidRequestException">A parameter that every list has is wrong, or the query is no UTF-8.</exception>
    public static ValueTask<ListQuery> BindAsync(HttpContext context)
    {
        CheckEncoding(context.Request.QueryString);
        var query = new ListQuery(context, new Paging(50, null));
        return new(new ListQuery(context, new Paging(query.Whole("limit", 1, MostItems) ?? 50, query.Text("cursor"))));
    }
    /// <summary>The framework leaves percent signs as they are where they stand for no UTF-8; then a text is not what was meant.</summary>
    static void CheckEncoding(QueryString query)
    {
        foreach (var part in (query.Value ?? "").TrimStart('?').Split('&'))
        {
            if (System.Text.Unicode.Utf8.IsValid(System.Net.WebUtility.UrlDecodeToBytes(System.Text.Encoding.Latin1.GetBytes(part), 0, part.Length))) continue;
            throw new InvalidRequestException(Shown.Short(part.Split('=')[0]), "is no UTF-8 in percent-encoding.");
        }
    }
}
