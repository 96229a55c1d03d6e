using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Depot;

public sealed class ShoppingListTests
{
    static readonly IReadOnlyList<ShoppingStop> Stops =
    [
        new("tea", "Leaf & Kettle", "Level 1, A-03", [new("darjeeling", "Darjeeling", 3, 0), new("mug", "Mug", 1, 0)]),
        new("books", "Bramble Books", "Level 2, B-07", [new("atlas", "Atlas", 2, 0)]),
    ];

    static readonly ShoppingListCreated Created = new("o-1", Stops);
    static readonly ShoppingListInitiated Initiated = new();
    static readonly ShoppingListAssigned Assigned = new("bot-1", 1);

    static Given<ShoppingList> Given(params DomainEvent[] events) => Spec.Given<ShoppingList>(events);

    static int PickedOf(ShoppingList list, string product) => list.Stops.SelectMany(stop => stop.Items).Single(item => item.ProductId == product).Picked;

    [Fact]
    public void A_new_list_is_pending_with_attempt_1() => Given()
        .WhenNew(list => ShoppingList.Create(list, "o-1", Stops)).Then(Created)
        .ThenState(list => Assert.Equal((ShoppingListStatus.Pending, 1, null), (list.Status, list.Attempt, list.BotId)));

    [Fact]
    public void An_order_has_one_list_however_often_it_is_made()
    {
        Given(Created).WhenNew(list => ShoppingList.Create(list, "o-1", Stops)).ThenNothing();
        Given(Created, Initiated, Assigned).WhenNew(list => ShoppingList.Create(list, "o-1", Stops)).ThenNothing();
    }

    [Fact]
    public void A_list_that_was_canceled_before_it_was_made_is_refused_when_the_create_arrives_late() => Given(new ShoppingListCanceled("o-1"))
        .WhenNew(list => ShoppingList.Create(list, "o-1", Stops)).ThenRefused(DepotRefusals.ListCanceled);

    [Fact]
    public void A_pending_list_becomes_available_and_keeps_since_when() => Given(Created)
        .WhenNew(list => ShoppingList.Initiate(list, "o-1")).Then(Initiated)
        .ThenState(list => Assert.Equal((ShoppingListStatus.Available, Spec.Start.AddMinutes(1)), (list.Status, list.AvailableSince)));

    [Fact]
    public void Initiating_again_also_later_in_its_life_changes_nothing()
    {
        DomainEvent[] life = [Created, Initiated, Assigned, new ItemPicked("tea", "mug", 1), new ShoppingListCompleted(false)];
        for (var length = 2; length <= life.Length; length++)
            Given(life[..length]).WhenNew(list => ShoppingList.Initiate(list, "o-1")).ThenNothing();
    }

    [Fact]
    public void A_canceled_or_missing_list_can_not_be_initiated()
    {
        Given(Created, new ShoppingListCanceled("o-1")).WhenNew(list => ShoppingList.Initiate(list, "o-1")).ThenRefused(DepotRefusals.ListCanceled);
        Given().WhenNew(list => ShoppingList.Initiate(list, "o-1")).ThenRefused(DepotRefusals.ListCanceled);
    }

    [Fact]
    public void A_list_is_canceled_until_a_bot_has_it()
    {
        Given(Created).WhenNew(list => ShoppingList.Cancel(list, "o-1")).Then(new ShoppingListCanceled("o-1"));
        Given(Created, Initiated).WhenNew(list => ShoppingList.Cancel(list, "o-1")).Then(new ShoppingListCanceled("o-1"))
            .ThenState(list => Assert.Equal(ShoppingListStatus.Canceled, list.Status));
    }

    [Fact]
    public void Canceling_what_is_not_there_yet_keeps_a_canceled_list() => Given()
        .WhenNew(list => ShoppingList.Cancel(list, "o-1")).Then(new ShoppingListCanceled("o-1"))
        .ThenState(list => Assert.Equal((ShoppingListStatus.Canceled, 0), (list.Status, list.Stops.Count)));

    [Fact]
    public void Canceling_again_changes_nothing() =>
        Given(Created, new ShoppingListCanceled("o-1")).WhenNew(list => ShoppingList.Cancel(list, "o-1")).ThenNothing();

    [Fact]
    public void Once_a_bot_has_had_it_a_list_can_not_be_canceled_also_not_after_it_was_taken_back()
    {
        DomainEvent[][] lives =
        [
            [Created, Initiated, Assigned],
            [Created, Initiated, Assigned, new ItemPicked("tea", "mug", 1)],
            [Created, Initiated, Assigned, new ShoppingListTakenBack(2)],
            [Created, Initiated, Assigned, new ShoppingListCompleted(true)],
        ];
        foreach (var life in lives) Given(life).WhenNew(list => ShoppingList.Cancel(list, "o-1")).ThenRefused(DepotRefusals.AlreadyStarted);
    }

    [Fact]
    public void An_attempt_that_no_bot_got_does_not_start_the_list() => Given(Created, Initiated, new ShoppingListTakenBack(2))
        .WhenNew(list => ShoppingList.Cancel(list, "o-1")).Then(new ShoppingListCanceled("o-1"));

    [Fact]
    public void An_available_list_goes_to_a_bot() => Given(Created, Initiated)
        .When(list => list.Assign("bot-1", 1)).Then(Assigned)
        .ThenState(list => Assert.Equal((ShoppingListStatus.Assigned, "bot-1", true), (list.Status, list.BotId, list.Started)));

    [Fact]
    public void A_list_that_is_not_available_or_at_another_attempt_goes_to_no_bot()
    {
        Given(Created).When(list => list.Assign("bot-1", 1)).ThenRefused(DepotRefusals.NotAvailable);
        Given(Created).When(list => list.CanBeTaken()).ThenRefused(DepotRefusals.NotAvailable);
        Given(Created, Initiated, Assigned).When(list => list.Assign("bot-2", 1)).ThenRefused(DepotRefusals.NotAvailable);
        Given(Created, new ShoppingListCanceled("o-1")).When(list => list.Assign("bot-1", 1)).ThenRefused(DepotRefusals.NotAvailable);
        Given(Created, Initiated, new ShoppingListTakenBack(2)).When(list => list.Assign("bot-1", 1)).ThenRefused(DepotRefusals.NotAvailable);
    }

    [Fact]
    public void The_first_pick_makes_the_list_active() => Given(Created, Initiated, Assigned)
        .When(list => list.Pick("bot-1", "tea", "darjeeling", 2)).Then(new ItemPicked("tea", "darjeeling", 2))
        .ThenState(list => Assert.Equal((ShoppingListStatus.Active, 2, 0), (list.Status, PickedOf(list, "darjeeling"), PickedOf(list, "atlas"))));

    [Theory]
    [InlineData("tea", "darjeeling", 2)]
    [InlineData("tea", "atlas", 1)]
    [InlineData("books", "darjeeling", 1)]
    [InlineData("nowhere", "nothing", 1)]
    public void Never_more_is_picked_than_asked_for(string store, string product, int quantity) =>
        Given(Created, Initiated, Assigned, new ItemPicked("tea", "darjeeling", 2))
            .When(list => list.Pick("bot-1", store, product, quantity)).ThenRefused(DepotRefusals.PickTooMany);

    [Fact]
    public void Only_the_bot_that_has_the_list_picks_and_completes()
    {
        foreach (var life in new DomainEvent[][] { [Created], [Created, Initiated], [Created, Initiated, new ShoppingListAssigned("bot-2", 1)], [Created, Initiated, Assigned, new ShoppingListTakenBack(2)] })
        {
            Given(life).When(list => list.Pick("bot-1", "tea", "mug", 1)).ThenRefused(DepotRefusals.NotYourList);
            Given(life).When(list => list.Complete("bot-1", everything: true)).ThenRefused(DepotRefusals.NotYourList);
        }
    }

    [Fact]
    public void A_completed_list_takes_no_picks() => Given(Created, Initiated, Assigned, new ShoppingListCompleted(false))
        .When(list => list.Pick("bot-1", "tea", "mug", 1)).ThenRefused(DepotRefusals.NotYourList);

    [Fact]
    public void A_bot_picks_what_is_left_at_a_stop() => Given(Created, Initiated, Assigned, new ItemPicked("tea", "darjeeling", 2))
        .When(list => list.PickAllAt("tea", "bot-1", 1)).Then(new ItemPicked("tea", "darjeeling", 1), new ItemPicked("tea", "mug", 1));

    [Fact]
    public void A_stop_where_all_is_picked_changes_nothing() => Given(Created, Initiated, Assigned, new ItemPicked("books", "atlas", 2))
        .When(list => list.PickAllAt("books", "bot-1", 1)).ThenNothing();

    [Fact]
    public void A_bot_of_an_earlier_attempt_does_nothing_more_even_when_it_has_the_list_again()
    {
        var again = Given(Created, Initiated, Assigned, new ShoppingListTakenBack(2), new ShoppingListAssigned("bot-1", 2));
        again.When(list => list.PickAllAt("tea", "bot-1", 1)).ThenRefused(DepotRefusals.NotYourList);
        again.When(list => list.Complete("bot-1", everything: false, attempt: 1)).ThenRefused(DepotRefusals.NotYourList);
        again.When(list => list.Complete("bot-1", everything: false, attempt: 2)).Then(new ShoppingListCompleted(false));
    }

    [Fact]
    public void What_is_not_picked_is_missing_when_the_list_is_completed() => Given(Created, Initiated, Assigned, new ItemPicked("tea", "darjeeling", 2))
        .When(list => list.Complete("bot-1", everything: false)).Then(new ShoppingListCompleted(false))
        .ThenState(list => Assert.Equal((2, 0, 0), (PickedOf(list, "darjeeling"), PickedOf(list, "mug"), PickedOf(list, "atlas"))));

    [Fact]
    public void Everything_is_picked_when_the_bot_says_so_also_without_a_single_pick() => Given(Created, Initiated, Assigned)
        .When(list => list.Complete("bot-1", everything: true)).Then(new ShoppingListCompleted(true))
        .ThenState(list => Assert.Equal(
            (ShoppingListStatus.Completed, 3, 1, 2), (list.Status, PickedOf(list, "darjeeling"), PickedOf(list, "mug"), PickedOf(list, "atlas"))));

    [Fact]
    public void Completing_again_is_as_before_for_the_same_bot_and_refused_for_another()
    {
        var completed = Given(Created, Initiated, Assigned, new ShoppingListCompleted(false));
        completed.When(list => list.Complete("bot-1", everything: true)).ThenNothing();
        completed.When(list => list.Complete("bot-2", everything: true)).ThenRefused(DepotRefusals.NotYourList);
    }

    [Fact]
    public void A_list_taken_back_waits_with_the_next_attempt_its_picks_and_its_place() => Given(Created, Initiated, Assigned, new ItemPicked("tea", "mug", 1))
        .When(list => list.TakeBack("bot-1", 1, list.ProgressAt)).Then(new ShoppingListTakenBack(2))
        .ThenState(list =>
        {
            Assert.Equal((ShoppingListStatus.Available, 2, null, 1), (list.Status, list.Attempt, list.BotId, PickedOf(list, "mug")));
            Assert.Equal(Spec.Start.AddMinutes(1), list.AvailableSince);
        });

    [Fact]
    public void An_attempt_whose_bot_was_only_reserved_is_closed_too() => Given(Created, Initiated)
        .When(list => list.TakeBack("bot-1", 1, null)).Then(new ShoppingListTakenBack(2))
        .ThenState(list => Assert.False(list.MayBeWith("bot-1", 1)));

    [Fact]
    public void A_list_whose_bot_moved_meanwhile_or_that_is_not_its_own_is_not_taken_back()
    {
        Given(Created, Initiated, Assigned, new ItemPicked("tea", "mug", 1)).When(list => list.TakeBack("bot-1", 1, Spec.Start.AddMinutes(2))).ThenNothing();
        Given(Created, Initiated, Assigned).When(list => list.TakeBack("bot-2", 1, list.ProgressAt)).ThenNothing();
        Given(Created, Initiated, Assigned).When(list => list.TakeBack("bot-1", 2, list.ProgressAt)).ThenNothing();
        Given(Created, Initiated, Assigned, new ShoppingListCompleted(true)).When(list => list.TakeBack("bot-1", 1, list.ProgressAt)).ThenNothing();
    }

    [Fact]
    public void Only_available_lists_stand_in_the_small_set()
    {
        static bool Stands(params DomainEvent[] life) => ((IAggregate<ShoppingList>)Spec.Fold<ShoppingList>(life)!).Sets.Contains(ShoppingList.AvailableSet);
        Assert.False(Stands(Created));
        Assert.True(Stands(Created, Initiated));
        Assert.False(Stands(Created, Initiated, Assigned));
        Assert.True(Stands(Created, Initiated, Assigned, new ShoppingListTakenBack(2)));
    }
}
