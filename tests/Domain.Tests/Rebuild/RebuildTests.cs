using System.Reflection;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;
using Assembly = System.Reflection.Assembly;

namespace MallBots.Domain.Tests.Rebuild;

/// <summary>
/// The state that a document keeps is what its events lead to, for every aggregate of every service, whatever commands it was given: plausible or not,
/// refused or not, repeated or not, also when most of its events have moved to log documents (architecture 2).
/// </summary>
public sealed class RebuildTests
{
    /// <summary>The aggregates of all services, found by reflection, so that one that is added is among them.</summary>
    static readonly IReadOnlyDictionary<string, Type> Aggregates = Apps.Ports.Keys.Except([Apps.Gateway])
        .SelectMany(app => Assembly.Load($"MallBots.{Pascal(app)}").GetTypes())
        .Where(type => type.GetInterfaces().Any(@interface => @interface.IsGenericType && @interface.GetGenericTypeDefinition() == typeof(IAggregate<>)))
        .ToDictionary(type => type.Name);

    public static TheoryData<string> All => [.. Aggregates.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public Task Whatever_commands_come_the_events_lead_to_the_kept_state(string aggregate) => Of(aggregate).LiveShort(LongForm.Rounds(30, 600));

    [Theory]
    [MemberData(nameof(All))]
    public Task It_is_so_when_most_events_have_moved_to_log_documents(string aggregate) => Of(aggregate).LiveLong(LongForm.Rounds(1, 20));

    [Fact]
    public void Every_command_of_every_aggregate_is_among_the_random_ones()
    {
        var generators = new ArchUnitNET.Loader.ArchLoader().LoadAssembly(typeof(RandomCommands).Assembly).Build().Classes
            .Where(type => type.FullName.StartsWith(typeof(RandomCommands).FullName!, StringComparison.Ordinal));
        var called = generators.SelectMany(type => type.Members.OfType<MethodMember>()).SelectMany(method => method.GetCalledMethods())
            .Select(method => $"{method.DeclaringType.Name}.{method.Name.Split('(')[0]}").ToHashSet();
        var commands = Aggregates.Values.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance))
            .Where(method => method.ReturnType == typeof(Decision)).Select(method => $"{method.DeclaringType!.Name}.{method.Name}").ToHashSet();
        Assert.NotEmpty(commands);
        Assert.Empty(commands.Except(called));
    }

    static Life Of(string aggregate)
    {
        Assert.True(RandomCommands.Lives.TryGetValue(Aggregates[aggregate], out var life), $"{aggregate} has no random commands: give it some in {nameof(RandomCommands)}.");
        return life;
    }

    static string Pascal(string app) => string.Concat(app.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
