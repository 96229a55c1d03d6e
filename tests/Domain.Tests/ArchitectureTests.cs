using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Xunit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace MallBots.Domain.Tests;

/// <summary>Layers are folders; this keeps them apart (architecture 1).</summary>
public sealed class ArchitectureTests
{
    const string Domains = @"^MallBots\.\w+\.Domain$";

    static readonly Architecture Services = new ArchLoader().LoadAssembliesIncludingDependencies(
        [
            typeof(global::MallBots.Stores.Program).Assembly, typeof(global::MallBots.Customers.Program).Assembly, typeof(global::MallBots.Baskets.Program).Assembly, typeof(global::MallBots.Payments.Program).Assembly,
            typeof(global::MallBots.Ordering.Program).Assembly, typeof(global::MallBots.OrderWorkflow.Program).Assembly, typeof(global::MallBots.Depot.Program).Assembly, typeof(global::MallBots.Notifications.Program).Assembly,
        ],
        recursive: false).Build();

    [Fact]
    public void Domain_code_knows_nothing_of_the_web_of_Dapr_of_the_store_or_of_the_host() =>
        Types().That().ResideInNamespaceMatching(Domains)
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(
                @"^(Microsoft\.AspNetCore|Microsoft\.Extensions|Dapr|MallBots\.ServiceKit\.(Http|Hosting|State|Documents|Journal|Messaging|Lists|Outside))(\.|$)"))
            .Check(Services);

    [Fact]
    public void Domain_code_has_no_clock() =>
        Types().That().ResideInNamespaceMatching(Domains).Should().NotDependOnAny(Types().That().HaveFullName("System.TimeProvider")).AndShould()
            .FollowCustomCondition(
                type => new ArchUnitNET.Fluent.Conditions.ConditionResult(
                    type, !type.Members.OfType<MethodMember>().Any(method => method.GetCalledMethods().Any(called => called.FullName.Contains("get_UtcNow", StringComparison.Ordinal) || called.FullName.Contains("get_Now", StringComparison.Ordinal))), "asks the clock"),
                "ask no clock")
            .Check(Services);

    [Fact]
    public void Only_the_kit_touches_DaprClient() =>
        Types().That().ResideInNamespaceMatching(@"^MallBots\.(?!ServiceKit)").Should().NotDependOnAny(Types().That().HaveFullName("Dapr.Client.DaprClient")).Check(Services);

    [Fact]
    public void No_service_knows_another()
    {
        foreach (var service in new[] { "Stores", "Customers", "Baskets", "Payments", "Ordering", "OrderWorkflow", "Depot", "Notifications" })
            Types().That().ResideInNamespaceMatching($@"^MallBots\.{service}(\.|$)")
                .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching($@"^MallBots\.(?!{service}(\.|$)|Contracts|ServiceKit)"))
                .Check(Services);
    }
}
