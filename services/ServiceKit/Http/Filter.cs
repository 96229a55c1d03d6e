using System.Globalization;
using MallBots.ServiceKit.Domain;
using Microsoft.OpenApi;

namespace MallBots.ServiceKit.Http;

/// <summary>A query parameter as the OpenAPI document says it. <see cref="ListQuery"/> reads it by the same rule.</summary>
public sealed record Filter
{
    Filter(string name, JsonSchemaType type, Action<OpenApiSchema>? rule = null)
    {
        (Name, Schema) = (name, new OpenApiSchema { Type = type });
        rule?.Invoke(Schema);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    internal OpenApiSchema Schema { get; }

    /// <summary>An id.</summary>
    public static Filter Id(string name) => new(name, JsonSchemaType.String, new IdAttribute().Describe);

    /// <summary>A value of an enumeration, in camelCase.</summary>
    public static Filter Word<TEnum>(string name) where TEnum : struct, Enum =>
        new(name, JsonSchemaType.String, new WordsAttribute([.. Enum.GetValues<TEnum>().Select(ApiText.Word)]).Describe);

    /// <summary>true or false.</summary>
    public static Filter Flag(string name) => new(name, JsonSchemaType.Boolean);

    /// <summary>A whole number.</summary>
    public static Filter Whole(string name, int least, int most) => new(name, JsonSchemaType.Integer, new WholeAttribute(least, most).Describe);

    /// <summary>An amount of money of 0 or more.</summary>
    public static Filter Money(string name, int most) => new(
        name, JsonSchemaType.Number,
        schema => (schema.Minimum, schema.Maximum, schema.MultipleOf) = ("0", most.ToString(CultureInfo.InvariantCulture), 0.01m));

    /// <summary>A point in time in RFC 3339.</summary>
    public static Filter Time(string name) => new(name, JsonSchemaType.String, schema => schema.Format = "date-time");

    /// <summary>A text that is searched for.</summary>
    public static Filter Text(string name, int most) => new(name, JsonSchemaType.String, new TextAttribute(0, most).Describe);

    /// <summary>A parameter that has no rule of its own, or is one of those that every list has: limit and cursor.</summary>
    internal static Filter Named(string name) => name == "limit" ? Whole(name, 1, ListQuery.MostItems) : new(name, JsonSchemaType.String);
}
