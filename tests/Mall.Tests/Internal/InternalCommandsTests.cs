using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Hosting;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests.Internal;

/// <summary>Every internal command of the contracts at its service: what it does not know it ignores, since another version may have sent it; what is missing or wrong it names (specification 2).</summary>
public sealed class InternalCommandsTests(InternalCommandsTests.Owners owners) : IClassFixture<InternalCommandsTests.Owners>
{
    static readonly Type[] Commands = [.. typeof(IInternalCommand).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IInternalCommand)))];

    public static TheoryData<string> Names => [.. Commands.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Unknown_fields_are_ignored_at_the_top_and_below(string name)
    {
        var command = Command(name);
        var plain = await Send(command, Sample(command));
        Assert.NotEqual(HttpStatusCode.BadRequest, plain.Status);
        Assert.NotEqual(HttpStatusCode.NotFound, plain.Status);
        foreach (var (path, _) in Objects("", Sample(command)))
        {
            foreach (var more in new[] { "5", "null", "\"x\"", """{"a":[{"b":1}]}""" })
            {
                var sent = Sample(command);
                At(sent, path)["ofALaterVersion"] = JsonNode.Parse(more);
                Assert.Equal(plain, await Send(command, sent));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_field_that_is_missing_null_or_of_another_type_is_named(string name)
    {
        var command = Command(name);
        foreach (var (path, known) in Objects("", Sample(command)))
        {
            foreach (var field in known.Select(field => field.Key).ToList())
            {
                var optional = path.Length == 0 && Nullable.GetUnderlyingType(Property(command, field).PropertyType) is not null;
                var named = path.Length == 0 ? field : $"{path}.{field}";
                if (!optional)
                {
                    await Refused(named, "is required.", body => body.Remove(field));
                    await Refused(named, "must not be null.|has the wrong type or an unknown value.", body => body[field] = null);
                }

                await Refused(named, "has the wrong type or an unknown value.", body => body[field] = true);
            }

            async Task Refused(string named, string why, Action<JsonObject> spoil)
            {
                var sent = Sample(command);
                spoil(At(sent, path));
                var (status, body) = await Send(command, sent);
                Assert.True(status == HttpStatusCode.BadRequest, $"{sent} was answered {status} {body}");
                var error = JsonDocument.Parse(body).RootElement.GetProperty("errors").EnumerateObject().Single();
                Assert.Equal(named, error.Name);
                Assert.Contains(error.Value[0].GetString(), why.Split('|'));
            }
        }
    }

    static Type Command(string name) => Commands.Single(command => command.Name == name);

    static string Static(Type command, string property) => (string)command.GetProperty(property, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    static PropertyInfo Property(Type command, string field) => command.GetProperty(field, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)!;

    /// <summary>A whole command, every field with a value.</summary>
    static JsonObject Sample(Type command) => JsonSerializer.SerializeToNode(Make(command), KitJson.Options)!.AsObject();

    static object Make(Type type) => Nullable.GetUnderlyingType(type) is { } value ? Make(value)
        : type == typeof(string) ? "nobody-1"
        : type == typeof(decimal) ? 1m
        : type == typeof(long) ? 1L
        : type == typeof(int) ? 1
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? OneOf(type.GetGenericArguments()[0])
        : type.GetConstructors().Single(constructor => constructor.GetParameters() is not [var only] || only.ParameterType != type) is var constructor
            ? constructor.Invoke([.. constructor.GetParameters().Select(parameter => Make(parameter.ParameterType))])
            : throw new NotSupportedException($"{type} has no sample.");

    static Array OneOf(Type type)
    {
        var items = Array.CreateInstance(type, 1);
        items.SetValue(Make(type), 0);
        return items;
    }

    /// <summary>The command itself and every object within it, by its path.</summary>
    static IEnumerable<(string Path, JsonObject Object)> Objects(string path, JsonNode? node) => node switch
    {
        JsonObject known => [(path, known), .. known.SelectMany(field => Objects(path.Length == 0 ? field.Key : $"{path}.{field.Key}", field.Value))],
        JsonArray items => items.SelectMany((item, index) => Objects($"{path}[{index}]", item)),
        _ => [],
    };

    static JsonObject At(JsonObject command, string path) => Objects("", command).Single(each => each.Path == path).Object;

    async Task<(HttpStatusCode Status, string Body)> Send(Type command, JsonObject body)
    {
        var app = Static(command, nameof(IInternalCommand.App));
        using var http = WatchedHttp.Client(owners.Mall[app]);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/internal/{Static(command, nameof(IInternalCommand.Route))}")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("dapr-api-token", owners.Mall.ServicesOf(app).GetRequiredService<KitOptions>().AppApiToken);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.BadRequest ? text : "");
    }

    public sealed class Owners : IAsyncLifetime
    {
        internal LocalMall Mall { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Mall = await LocalMall.StartAsync(new LocalMallOptions
        {
            Apps = [Apps.Stores, .. Commands.Select(command => Static(command, nameof(IInternalCommand.App))).Distinct()],
            LogLevel = LogLevel.Critical,
        });

        public ValueTask DisposeAsync() => Mall.DisposeAsync();
    }
}
