using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;
using Xunit;

namespace MallBots.ServiceKit.Tests.Http;

/// <summary>Texts for callers are in the words of the API, whoever writes them: interpolation itself sees to it (specification 2).</summary>
public sealed class ApiTextTests
{
    static readonly RefusalKind Refused = new("refused", 409, "Refused");

    [Fact]
    public void Every_value_of_every_enumeration_is_written_as_in_JSON()
    {
        var values = typeof(Apps).Assembly.GetTypes().Where(type => type.IsEnum).SelectMany(type => Enum.GetValues(type).Cast<Enum>()).ToList();
        Assert.Contains(OrderStatus.InProgress, values);
        Assert.All(values, value =>
        {
            var word = JsonSerializer.Serialize(value, value.GetType(), KitJson.Options).Trim('"');
            Assert.Equal($"It is {word}.", Refused.Because($"It is {value}.").Text);
            Assert.Equal([$"It is {word}."], new InvalidRequestException("field", $"It is {value}.").Errors["field"]);
        });
    }

    [Fact]
    public void Times_are_UTC_with_Z_and_numbers_are_as_asked()
    {
        var at = new DateTimeOffset(2026, 1, 2, 4, 4, 5, TimeSpan.FromHours(1));
        OrderStatus? none = null, some = OrderStatus.InProgress;
        Assert.Equal("At 2026-01-02T03:04:05.0000000Z: 1234.50 , inProgress.", Refused.Because($"At {at}: {1234.5m:0.00} {none}, {some}.").Text);
    }
}
