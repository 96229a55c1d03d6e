using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>
/// A replica that stands still between two steps of a command, for longer than another one waits, and then goes on as if nothing had been: the case that
/// a lease would get wrong. It is a process that is really suspended (SIGSTOP), continued (SIGCONT) and killed. Nothing is lost, nothing there twice.
/// </summary>
public sealed class StalledWriterTests : IAsyncLifetime
{
    TwoReplicas replicas = null!;

    SidecarProxy Proxy => replicas.Proxy;

    Witness Witness => replicas.Witness;

    public async ValueTask InitializeAsync()
    {
        Signals.SkipWhereTheyDiffer();
        replicas = await TwoReplicas.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (replicas is not null) await replicas.DisposeAsync();
    }

    [Fact]
    public async Task A_creation_that_stands_still_behind_its_entry_meets_the_fence_and_is_there_once_though_its_writer_is_killed_right_after_its_save()
    {
        var appended = Proxy.HoldAnswer(call => call.Saves("journal."));
        var asked = Register(replicas.A);
        await StandStillAt(appended);
        var customer = Assert.Single(await replicas.Journal()).Id;

        await replicas.AllIsSwept(entries: 1);
        Assert.Empty(Witness.Of($"customer.{customer}"));
        (await replicas.B.Get($"/api/customers/{customer}")).ExpectProblem(404, "customer-unknown"); // The fence is nothing to anyone.

        await GoOnUntilSavedAndDie();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asked);
        ConflictedAtFirst(customer);

        await replicas.AllIsSwept(entries: 2);
        var again = (await Register(replicas.B)).Expect(201);
        Assert.Equal((customer, "\"1\""), (again.Text("customerId"), again.Headers.ETag?.Tag));
        await replicas.AllIsDelivered();
        Assert.Equal(["1"], Witness.Of($"customer.{customer}"));
        await replicas.ThereOnce(customer, "CustomerRegistered");
    }

    [Fact]
    public async Task A_change_that_stands_still_behind_its_entry_meets_the_fence_and_is_there_once_though_its_writer_is_killed_right_after_its_save()
    {
        var customer = (await Register(replicas.B)).Expect(201).Text("customerId");
        await replicas.AllIsSwept(entries: 1);
        var appended = Proxy.HoldAnswer(call => call.Saves("journal."));
        var asked = Change(replicas.A, customer);
        await StandStillAt(appended);

        await replicas.AllIsSwept(entries: 2);
        Assert.Equal(Number, (await replicas.B.Get($"/api/customers/{customer}")).Expect(200).Text("smsNumber"));

        await GoOnUntilSavedAndDie();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asked);
        ConflictedAtFirst(customer);

        await replicas.AllIsSwept(entries: 3);
        Assert.Equal("\"2\"", (await Change(replicas.B, customer)).Expect(200).Headers.ETag?.Tag);
        await replicas.AllIsDelivered();
        Assert.Equal(["1", "2"], Witness.Of($"customer.{customer}"));
        await replicas.ThereOnce(customer, "CustomerRegistered", "SmsNumberChanged");
    }

    [Fact]
    public async Task A_save_whose_writer_stands_still_before_it_hears_of_it_is_completed_by_the_other_and_found_again_by_the_writer()
    {
        var saved = Proxy.HoldAnswer(call => call.Saves("customer."));
        var asked = Register(replicas.A);
        await saved.Reached;
        await replicas.ProcessA.Process.Suspend();

        await replicas.AllIsSwept(entries: 1);
        var customer = Assert.Single(await replicas.Journal()).Id;

        // It goes on, never hears of its save, finds its own command in the document, and is killed before it publishes the event once more.
        var publishes = Proxy.HoldCall(call => call.Publishes);
        replicas.ProcessA.Process.Resume();
        saved.Cut();
        var answer = (await asked).Expect(201);
        Assert.Equal((customer, "\"1\""), (answer.Text("customerId"), answer.Headers.ETag?.Tag));
        await publishes.Reached;
        await replicas.ProcessA.Kill();

        Assert.True(Assert.Single(SavesOf(customer)));
        Assert.Equal(customer, (await Register(replicas.B)).Expect(201).Text("customerId"));
        await replicas.AllIsDelivered();
        Assert.Equal(["1"], Witness.Of($"customer.{customer}"));
        await replicas.ThereOnce(customer, "CustomerRegistered");
    }

    [Fact]
    public async Task An_event_whose_publisher_stands_still_is_published_by_the_other_and_once_more_under_the_same_id_which_changes_nothing()
    {
        var publishes = Proxy.HoldCall(call => call.Publishes);
        var customer = (await Register(replicas.A)).Expect(201).Text("customerId");
        await publishes.Reached;
        await replicas.ProcessA.Process.Suspend();

        await replicas.AllIsSwept(entries: 1);
        await Eventually.True(() => Task.FromResult(Witness.Of($"customer.{customer}").Any()), what: "B's event is delivered");
        Assert.Equal("\"2\"", (await Change(replicas.B, customer)).Expect(200).Headers.ETag?.Tag); // So that A's event is an old one when it comes.
        await Eventually.True(() => Task.FromResult(Witness.Of($"customer.{customer}").Count() == 2), what: "the change is delivered");

        replicas.ProcessA.Process.Resume();
        publishes.Release();
        await Eventually.True(() => Task.FromResult(Proxy.Calls.Any(call => call is { Publishes: true, Succeeded: true })), what: "A has published");
        await replicas.AllIsDelivered();
        Assert.Equal(["1", "2", "1"], Witness.Of($"customer.{customer}"));
        await replicas.ThereOnce(customer, "CustomerRegistered", "SmsNumberChanged");
    }

    const string Number = "+491701234567", OtherNumber = "+491707654321";

    /// <summary>Under one Idempotency-Key, whichever replica is asked.</summary>
    static Task<Answer> Register(MallDriver replica) => replica.Post("/api/customers", new { name = "Ann", smsNumber = Number }, key: "ann");

    static Task<Answer> Change(MallDriver replica, string customer) => replica.Put($"/api/customers/{customer}/sms-number", new { smsNumber = OtherNumber });

    /// <summary>Suspends A where its call is held; the call goes on, but A does not.</summary>
    async Task StandStillAt(HeldCall held)
    {
        await held.Reached;
        await replicas.ProcessA.Process.Suspend();
        held.Release();
    }

    /// <summary>Continues A, and kills it when its document is saved and before it hears of that.</summary>
    async Task GoOnUntilSavedAndDie()
    {
        var saved = Proxy.HoldAnswer(call => call.Saves("customer.") && call.Succeeded);
        replicas.ProcessA.Process.Resume();
        await saved.Reached;
        await replicas.ProcessA.Kill();
    }

    /// <summary>A's first save met the fence, its last one was done; on a slow machine B may have fenced once more in between.</summary>
    void ConflictedAtFirst(string customer)
    {
        var saves = SavesOf(customer).ToList();
        Assert.True(saves.Count >= 2 && saves[^1] && !saves[..^1].Contains(true), string.Join(' ', saves));
    }

    /// <summary>How A's saves of a customer went.</summary>
    IEnumerable<bool> SavesOf(string customer) => Proxy.Calls.Where(call => call.Saves($"customer.{customer}")).Select(call => call.Succeeded);
}
