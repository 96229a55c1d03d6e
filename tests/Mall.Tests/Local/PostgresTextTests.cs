using MallBots.Local.Examination;
using MallBots.Sidecar.Components;
using Npgsql;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>doctor asks the PostgreSQL that the components name, in whichever way they do.</summary>
public class PostgresTextTests
{
    [Theory]
    [InlineData("host=db port=5433 user=mall database=shop", null, "db:5433 mall  shop")]
    [InlineData("host=db  user='mall' dbname=shop password=a=b", "", "db:5432 mall a=b shop")]
    [InlineData("host=db user=mall password=old pool_max_conns=3", "new", "db:5432 mall new ")]
    [InlineData("postgres://mall@db:5433/shop?sslmode=disable", "a b;c", "db:5433 mall a b;c shop")]
    [InlineData("postgresql://m%40ll:p%3Aw@db/shop", null, "db:5432 m@ll p:w shop")]
    public void Where_a_component_connects_is_read_from_words_or_an_address_and_its_password(string connectionString, string? password, string expected)
    {
        var settings = PostgresText.Of(Component(("connectionString", connectionString), ("password", password)));
        Assert.Equal(expected, $"{settings.Host}:{settings.Port} {settings.Username} {settings.Password} {settings.Database}");
    }

    [Fact]
    public void Settings_of_their_own_win()
    {
        var settings = PostgresText.Of(Component(("connectionString", "host=a port=1 user=b database=c"), ("host", "d"), ("port", "2"), ("user", "e"), ("database", "f")));
        Assert.Equal(("d", 2, "e", "f"), (settings.Host, settings.Port, settings.Username, settings.Database));
        Assert.Equal("d", PostgresText.Of(Component(("host", "d"), ("user", "e"))).Host);
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void How_it_encrypts_is_kept(string mode, SslMode expected) => Assert.Equal(expected, PostgresText.Of(Component(("connectionString", $"host=db sslmode={mode}"))).SslMode);

    [Theory]
    [InlineData("user=mall", "it names no host")]
    [InlineData("host=db sesame", "a part of it is not name=value; parts have spaces between them")]
    [InlineData("Host=db;Port=1", "it names no host")]
    [InlineData("host=db port=x", "the port 'x' is not a number")]
    [InlineData("host=db sslmode=1", "there is no sslmode '1'")]
    [InlineData("postgres://db:x", "it is not an address")]
    public void What_can_not_be_read_is_said_without_the_text_itself(string connectionString, string says) =>
        Assert.Equal(says, Assert.Throws<ArgumentException>(() => PostgresText.Of(Component(("connectionString", connectionString)))).Message);

    [Theory]
    [InlineData("a b")]
    [InlineData("a'b")]
    [InlineData("a\\b")]
    public void A_password_that_daprd_would_break_beside_words_is_a_mistake_and_none_in_an_address(string password)
    {
        Assert.Contains("as an address", Assert.Throws<ArgumentException>(() => PostgresText.Of(Component(("connectionString", "host=db"), ("password", password)))).Message, StringComparison.Ordinal);
        Assert.Equal(password, PostgresText.Of(Component(("connectionString", "postgres://db/"), ("password", password))).Password);
    }

    static Component Component(params (string Name, string? Value)[] settings) => new(
        "statestore", "state.postgresql", "v2", settings.Where(setting => setting.Value is not null).ToDictionary(setting => setting.Name, setting => setting.Value!), [], new("statestore.yaml", 1));
}
