using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Depot;

public sealed class BotTests
{
    static readonly BotRegistered Registered = new("bot-1", "Rolly");
    static readonly BotCameOnline Online = new();
    static readonly BotActivated Activated = new("o-1", 1);

    static Given<Bot> Given(params DomainEvent[] events) => Spec.Given<Bot>(events);

    static BotResource Shown(Bot bot) => (BotResource)bot.ToPublic("USD");

    [Fact]
    public void A_new_bot_is_offline_at_the_depot() => Given()
        .WhenNew(_ => Bot.Register("bot-1", "Rolly")).Then(Registered)
        .ThenState(bot => Assert.Equal(new BotResource("bot-1", "Rolly", BotStatus.Offline, null, "depot"), Shown(bot)));

    [Fact]
    public void A_bot_comes_online_and_goes_offline_and_saying_it_again_changes_nothing()
    {
        Given(Registered).When(bot => bot.SetOnline(true)).Then(Online).ThenState(bot => Assert.Equal(BotStatus.Idle, Shown(bot).Status));
        Given(Registered, Online).When(bot => bot.SetOnline(true)).ThenNothing();
        Given(Registered, Online).When(bot => bot.SetOnline(false)).Then(new BotWentOffline());
        Given(Registered).When(bot => bot.SetOnline(false)).ThenNothing();
    }

    [Fact]
    public void A_bot_with_a_list_can_not_go_offline() =>
        Given(Registered, Online, Activated).When(bot => bot.SetOnline(false)).ThenRefused(DepotRefusals.NotIdle);

    [Fact]
    public void An_idle_bot_is_reserved_for_an_attempt_at_a_list() => Given(Registered, Online)
        .When(bot => bot.Reserve("o-1", 1, null)).Then(Activated)
        .ThenState(bot => Assert.Equal((BotStatus.Active, "o-1"), (Shown(bot).Status, Shown(bot).ShoppingListId)));

    [Fact]
    public void A_simulated_bot_remembers_who_drives_it_without_telling_the_world() => Given(Registered, Online)
        .When(bot => bot.Reserve("o-1", 1, "replica-a")).Then(Activated, new BotDriven("replica-a"))
        .ThenState(bot => Assert.Equal("replica-a", bot.Reservation?.Driver));

    [Fact]
    public void Reserving_for_the_same_attempt_again_changes_nothing() =>
        Given(Registered, Online, Activated).When(bot => bot.Reserve("o-1", 1, null)).ThenNothing();

    [Fact]
    public void A_bot_that_is_offline_or_reserved_for_something_else_is_not_idle()
    {
        Given(Registered).When(bot => bot.Reserve("o-1", 1, null)).ThenRefused(DepotRefusals.NotIdle);
        Given(Registered, Online, Activated).When(bot => bot.Reserve("o-2", 1, null)).ThenRefused(DepotRefusals.NotIdle);
        Given(Registered, Online, Activated).When(bot => bot.Reserve("o-1", 2, null)).ThenRefused(DepotRefusals.NotIdle);
    }

    [Fact]
    public void A_bot_is_freed_of_that_attempt_only()
    {
        var active = Given(Registered, Online, Activated, new BotArrived("tea"));
        active.When(bot => bot.Free("o-1", 1)).Then(new BotIdled()).ThenState(bot => Assert.Equal((BotStatus.Idle, "depot"), (Shown(bot).Status, bot.At)));
        active.When(bot => bot.Free("o-1", 2)).ThenNothing();
        active.When(bot => bot.Free("o-2", 1)).ThenNothing();
        Given(Registered, Online).When(bot => bot.Free("o-1", 1)).ThenNothing();
    }

    [Fact]
    public void A_bot_arrives_at_the_stores_of_its_list()
    {
        Given(Registered, Online, Activated).When(bot => bot.ArriveAt("tea", "o-1")).Then(new BotArrived("tea")).ThenState(bot => Assert.Equal("tea", bot.At));
        Given(Registered, Online, Activated, new BotArrived("tea")).When(bot => bot.ArriveAt("tea", "o-1")).ThenNothing();
        Given(Registered, Online, Activated).When(bot => bot.ArriveAt("tea", "o-2")).ThenNothing();
    }
}
