using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace MallBots.Domain.Tests;

/// <summary>Layers are folders; this keeps them apart (architecture 1).</summary>
public sealed class ArchitectureTests
{
    const string Domains = @"^MallBots\.\w+\.Domain$";

    /// <summary>Every service of the table of apps.</summary>
    static readonly string[] Names = [.. Apps.All.Select(app => app.Name)];

    /// <summary>What has no aggregate, and so no domain: search's rows follow from what others decide, and the gateway decides nothing.</summary>
    static readonly string[] WithoutDomain = [Apps.Of(Apps.Gateway).Name, Apps.Of(Apps.Search).Name];

    // Without what they refer to, which takes twenty seconds to read: Types(true) has the types of it that are used.
    static readonly Architecture Services = new ArchLoader().LoadAssemblies(
        [.. Names.Concat(["Contracts", "ServiceKit"]).Select(name => System.Reflection.Assembly.Load($"MallBots.{name}"))]).Build();

    [Fact]
    public void Every_service_is_looked_at()
    {
        var projects = Directory.EnumerateDirectories(Repository.PathOf("services")).Select(Path.GetFileName).Except(["Contracts", "ServiceKit"]);
        Assert.Equal(projects.Order(), Names.Order());
        Assert.All(Names, name => Assert.Contains(Services.Types, type => type.Namespace.FullName == $"MallBots.{name}" && type.Name == "Program"));
        Assert.All(Names, name => Assert.Equal(!WithoutDomain.Contains(name), Services.Types.Any(type => type.Namespace.FullName == $"MallBots.{name}.Domain")));
    }

    [Fact]
    public void Domain_code_knows_nothing_of_the_web_of_Dapr_of_the_store_or_of_the_host() =>
        Types().That().ResideInNamespaceMatching(Domains)
            .Should().NotDependOnAny(Types(true).That().ResideInNamespaceMatching(
                @"^(Microsoft\.AspNetCore|Microsoft\.Extensions|Dapr|MallBots\.ServiceKit\.(Http|Hosting|State|Documents|Journal|Messaging|Lists|Outside))(\.|$)"))
            .Check(Services);

    [Fact]
    public void Domain_code_has_no_clock() =>
        Types().That().ResideInNamespaceMatching(Domains).Should().NotDependOnAny(Types(true).That().HaveFullName("System.TimeProvider")).AndShould()
            .FollowCustomCondition(
                type => new ArchUnitNET.Fluent.Conditions.ConditionResult(
                    type, !type.Members.OfType<MethodMember>().Any(method => method.GetCalledMethods().Any(called => called.FullName.Contains("get_UtcNow", StringComparison.Ordinal) || called.FullName.Contains("get_Now", StringComparison.Ordinal))), "asks the clock"),
                "ask no clock")
            .Check(Services);

    [Fact]
    public void Only_the_kit_touches_DaprClient() =>
        Types().That().ResideInNamespaceMatching(@"^MallBots\.(?!ServiceKit)").Should().NotDependOnAny(Types(true).That().HaveFullName("Dapr.Client.DaprClient")).Check(Services);

    [Fact]
    public void No_service_knows_another()
    {
        foreach (var service in Names)
            Types().That().ResideInNamespaceMatching($@"^MallBots\.{service}(\.|$)")
                .Should().NotDependOnAny(Types(true).That().ResideInNamespaceMatching($@"^MallBots\.(?!{service}(\.|$)|Contracts|ServiceKit)"))
                .Check(Services);
    }

    [Fact]
    public void Only_search_has_SQL_and_only_the_gateway_forwards()
    {
        Types().That().ResideInNamespaceMatching(@"^MallBots\.(?!Search(\.|$))").Should()
            .NotDependOnAny(Types(true).That().ResideInNamespaceMatching(@"^(Microsoft\.EntityFrameworkCore|Microsoft\.Data|Npgsql|System\.Data)(\.|$)")).Check(Services);
        Types().That().ResideInNamespaceMatching(@"^MallBots\.(?!Gateway(\.|$))").Should()
            .NotDependOnAny(Types(true).That().ResideInNamespaceMatching(@"^Yarp(\.|$)")).Check(Services);
    }
}
