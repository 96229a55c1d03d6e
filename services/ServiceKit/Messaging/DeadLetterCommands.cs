using System.Collections.Immutable;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Messaging;

/// <summary>
/// What operators do with dead letters. What was done under an Idempotency-Key is remembered for 24 hours (specification 3, gateway), apart from the letter,
/// which is gone then. It is written before the letter is dropped: a repetition after a crash between the two drops that same letter, and no later one.
/// </summary>
sealed class DeadLetterCommands(DeadLetters letters, Deliveries deliveries, IStateStore store, TimeProvider clock)
{
    /// <summary>Enough for 100,000 letters that are redriven in a day, each with a key of its own, in documents of at most 300 KB.</summary>
    const int Shards = 64;

    const int MostRemembered = 2_000;
    static readonly TimeSpan Remember = TimeSpan.FromHours(24);

    /// <summary>There is no such dead letter.</summary>
    public static readonly RefusalKind Unknown = new("dead-letter-unknown", 404, "There is no such dead letter");

    /// <summary>It was handled again, in vain.</summary>
    public static readonly RefusalKind StillFails = new("dead-letter-fails", 409, "The event fails again");

    /// <summary>Handles the event of a letter again, and drops the letter when that works.</summary>
    /// <returns>Why not; null when it is handled.</returns>
    /// <exception cref="UnavailableException">A passing fault; the letter is as it was.</exception>
    /// <exception cref="BusyException">Too many keys of the last 24 hours; the letter stays.</exception>
    public async Task<Refusal?> Redrive(string id, Command command)
    {
        var letter = await letters.Find(id, command.Aborted);
        if (await Recall(command) is { } done) return await Again(letter, done, command.Aborted);
        if (letter is null) return Unknown.Because($"There is no dead letter {id}.");
        var still = await deliveries.Redrive(letter, command.Aborted) is { } fault ? $"{fault.GetType().Name}: {fault.Message}" : null;
        await Note(command, letter, still);
        if (still is not null) return StillFails.Because(still);
        await letters.Drop(letter, command.Aborted);
        return null;
    }

    /// <summary>Drops a letter, if there is one.</summary>
    /// <exception cref="BusyException">Too many keys of the last 24 hours; the letter stays.</exception>
    public async Task Drop(string id, Command command)
    {
        var letter = await letters.Find(id, command.Aborted);
        if (await Recall(command) is { } done)
        {
            await Again(letter, done, command.Aborted);
            return;
        }

        await Note(command, letter, null);
        if (letter is not null) await letters.Drop(letter, command.Aborted);
    }

    /// <summary>A repetition: the answer of the first time, and what the first time did not come to.</summary>
    async Task<Refusal?> Again(DeadLetter? letter, Done done, CancellationToken cancel)
    {
        if (done.Fails is { } reason) return StillFails.Because(reason);
        if (letter is not null && letter.Version == done.Version && letter.LastAt == done.LastAt) await letters.Drop(letter, cancel);
        return null;
    }

    async Task<Done?> Recall(Command command) =>
        command.Remembered && await store.Get(Key(command), command.Aborted) is { } stored
            ? KitJson.Read<ImmutableList<Done>>(stored.Value).Find(done => done.Id == command.Id)
            : null;

    async Task Note(Command command, DeadLetter? letter, string? fails)
    {
        if (!command.Remembered) return;
        var done = new Done(command.Id, clock.GetUtcNow(), letter?.Version ?? 0, letter?.LastAt ?? default, fails);
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var stored = await store.Get(Key(command), CancellationToken.None);
            var known = stored is { } found ? KitJson.Read<ImmutableList<Done>>(found.Value) : [];
            if (known.Exists(one => one.Id == done.Id)) return; // Fact S11: the save before this one was carried out.
            known = known.RemoveAll(one => one.At < done.At - Remember);
            if (known.Count >= MostRemembered) throw new BusyException($"{MostRemembered} Idempotency-Keys of the last 24 hours are remembered beside this one.");
            if (await store.Save(Key(command), KitJson.Write(known.Add(done)), stored?.ETag, CancellationToken.None)) return;
        }

        throw new BusyException("Too many conflicts on the Idempotency-Keys of dead letters.");
    }

    static string Key(Command command) => $"dead-letter-commands.{StableHash.Of(command.Id, Shards)}";

    /// <summary>What was done under a key.</summary>
    /// <param name="Id">The command's id: key, method and path.</param>
    /// <param name="At">When, in UTC.</param>
    /// <param name="Version">Version of the letter; 0 where there was none.</param>
    /// <param name="LastAt">When that letter had failed last.</param>
    /// <param name="Fails">Why it failed again; null when it was handled or dropped.</param>
    sealed record Done(string Id, DateTimeOffset At, long Version, DateTimeOffset LastAt, string? Fails);
}
