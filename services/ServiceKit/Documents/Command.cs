using System.Security.Cryptography;
using System.Text;
using MallBots.ServiceKit.Domain;

namespace MallBots.ServiceKit.Documents;

/// <summary>
/// One command on its way: who may repeat it, and what it belongs to. Every command has an id that is saved with its events, so that after a lost
/// answer the document tells whether it was carried out (architecture 2).
/// </summary>
public sealed record Command
{
    /// <summary>Idempotency-Key with method and path, workflow instance and step, id of the message, else generated.</summary>
    public required string Id { get; init; }

    /// <summary>True when a repetition from outside may come at any time, so that the id is remembered beside the events for 24 hours at least.</summary>
    public bool Remembered { get; init; }

    /// <summary>Hash of the request, to tell a repetition from another request with the same key.</summary>
    public string BodyHash { get; set; } = "";

    /// <summary>
    /// The same hash with amounts in two places, as it was kept until numbers were hashed by their value; keys that were kept so are good for their 24 hours.
    /// </summary>
    public string? EarlierBodyHash { get; set; }

    /// <summary>Version that the caller wants to change (If-Match); null for any.</summary>
    public VersionCondition? IfMatch { get; init; }

    /// <summary>Id of the whole flow that the command belongs to.</summary>
    public required string Correlation { get; init; }

    /// <summary>Id of the message that led to it.</summary>
    public string? Causation { get; init; }

    /// <summary>Ends when nobody waits for the answer any more. What is being saved is saved to its end.</summary>
    public CancellationToken Aborted { get; init; }

    /// <summary>A command of the service itself, such as that of a sweep or a bot.</summary>
    /// <param name="cause">What it belongs to.</param>
    /// <param name="cancel">Ends the work.</param>
    public static Command Internal(string cause, CancellationToken cancel) =>
        new() { Id = Guid.CreateVersion7().ToString(), Correlation = cause, Aborted = cancel };

    /// <summary>The same flow, another command: for the second document of a use case.</summary>
    /// <param name="part">Tells the parts of one command apart.</param>
    public Command Part(string part) => this with { Id = $"{Id}/{part}", IfMatch = null };

    /// <summary>
    /// Id of a resource that this command creates: derived from the command's id when that can come again, so that a repetition meets the same resource.
    /// </summary>
    public string NewId() => Remembered ? DerivedId(Id) : Guid.CreateVersion7().ToString();

    /// <summary>Minimal APIs bind a parameter of this type by it.</summary>
    public static ValueTask<Command> BindAsync(Microsoft.AspNetCore.Http.HttpContext context) => new(Http.HttpCommand.Of(context));

    internal static string DerivedId(string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        hash[6] = (byte)(hash[6] & 0x0F | 0x80); // RFC 9562: version 8, an id with a meaning of its own.
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}

/// <summary>What came of a command or a query: the state as it is now, or a refusal.</summary>
/// <typeparam name="T">The aggregate.</typeparam>
/// <param name="State">The state; null only with a refusal.</param>
/// <param name="Version">The state's version.</param>
/// <param name="Refusal">Why not; null when it was done.</param>
public sealed record Outcome<T>(T? State, long Version, Refusal? Refusal = null) where T : class
{
    /// <summary>True when the command was refused.</summary>
    public bool IsRefused => Refusal is not null;

    /// <summary>The state of an outcome that is no refusal.</summary>
    public T Value => State ?? throw new InvalidOperationException($"There is no state: {Refusal?.Code}.");

    /// <summary>A refusal as an outcome.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(null, 0, refusal);
}
