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
    public static async Task<IResult> Ok<T>(this Task<Outcome<T>> outcome, Func<T, string, object> view) where T : class, IAggregate<T> =>
        new Resource<T>(await outcome, 200, View: view);

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

    sealed record Resource<T>(Outcome<T> Outcome, int Status, Func<T, string>? Location = null, Func<T, string, object>? View = null) : IResult
        where T : class, IAggregate<T>
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (Outcome.Refusal is { } refusal) return Problems.Of(refusal, httpContext).ExecuteAsync(httpContext);
            var response = httpContext.Response;
            response.StatusCode = Status;
            response.Headers.ETag = $"\"{Outcome.Version}\"";
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
public sealed record ListQuery
{
    ListQuery(HttpContext context, Paging paging) => (this.context, Paging) = (context, paging);

    readonly HttpContext context;

    /// <summary>limit (1 to 200, default 50) and cursor.</summary>
    public Paging Paging { get; }

    /// <summary>A filter by a text; null when it is not there.</summary>
    public string? Text(string name) => context.Request.Query.TryGetValue(name, out var value) && value.ToString().Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A filter by an id; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">What can be no id.</exception>
    public string? Id(string name) => Text(name) is not { } text ? null
        : Ids.IsValid(text) ? text
        : throw new InvalidRequestException(name, "must be an id: a letter or digit, then up to 63 letters, digits and hyphens.");

    /// <summary>A filter by one of the values of an enumeration, in camelCase; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Another value.</exception>
    public TEnum? Value<TEnum>(string name) where TEnum : struct, Enum
    {
        if (Text(name) is not { } text) return null;
        foreach (var value in Enum.GetValues<TEnum>())
            if (Camel(value) == text) return value;
        throw new InvalidRequestException(name, $"must be one of {string.Join(", ", Enum.GetValues<TEnum>().Select(Camel))}, not {text}.");

        static string Camel(TEnum value) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
    }

    /// <summary>A filter by true or false; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Another value.</exception>
    public bool? Flag(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var other => throw new InvalidRequestException(name, $"must be true or false, not {other}."),
    };

    /// <summary>A number within bounds; null when it is not there.</summary>
    /// <exception cref="InvalidRequestException">Anything else.</exception>
    public int? Whole(string name, int least, int most) =>
        Text(name) is not { } text ? null
        : int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new InvalidRequestException(name, $"must be a whole number from {least} to {most}, not {text}.");

    /// <summary>Minimal APIs bind a parameter of this type by it.</summary>
    public static ValueTask<ListQuery> BindAsync(HttpContext context)
    {
        var query = new ListQuery(context, new Paging(50, null));
        return new(new ListQuery(context, new Paging(query.Whole("limit", 1, 200) ?? 50, query.Text("cursor"))));
    }
}
