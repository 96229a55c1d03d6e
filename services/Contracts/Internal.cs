namespace MallBots.Contracts;

/// <summary>A command from one service to another: <c>POST /internal/&lt;route&gt;</c> (specification 2, between services).</summary>
public interface IInternalCommand
{
    /// <summary>App-id of the service that carries it out.</summary>
    static abstract string App { get; }

    /// <summary>Name of the command, the last segment of its path.</summary>
    static abstract string Route { get; }

    /// <summary>Instance id of the workflow that sends it.</summary>
    string WorkflowId { get; }

    /// <summary>The workflow's step; with the instance id it identifies the command.</summary>
    string Step { get; }
}

/// <summary>Business answers to an internal command; anything else is a fault.</summary>
public enum AnswerOutcome
{
    /// <summary>Done, or nothing left to do.</summary>
    Approved,

    /// <summary>Refused for a business reason, with code and text.</summary>
    Refused,

    /// <summary>begin-order: go on; begin-cancel: the request is open.</summary>
    Go,

    /// <summary>begin-order: straight to the end by cancel-order.</summary>
    Cancel,

    /// <summary>begin-order: straight to initiate-shopping.</summary>
    Forward,

    /// <summary>begin-order: the undo alone.</summary>
    Undo,

    /// <summary>Touch nothing.</summary>
    Over,
}

/// <summary>The answer to an internal command (always HTTP 200).</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Code">Stable code of a refusal.</param>
/// <param name="Text">The refusal in words.</param>
public sealed record CommandAnswer(AnswerOutcome Outcome, string? Code = null, string? Text = null)
{
    /// <summary>Done, or nothing left to do.</summary>
    public static readonly CommandAnswer Approved = new(AnswerOutcome.Approved);

    /// <summary>Refused for a business reason.</summary>
    public static CommandAnswer Refused(string code, string text) => new(AnswerOutcome.Refused, code, text);
}

/// <summary>An entity as its owner knows it now: the answer of <c>GET /internal/&lt;resource&gt;/{id}</c>, and an item of the feed.</summary>
/// <param name="Resource">Name of the aggregate.</param>
/// <param name="Id">The entity's id.</param>
/// <param name="Version">Number of its latest event, from 1.</param>
/// <param name="Removed">True for a tombstone.</param>
/// <param name="Value">Its public values.</param>
public sealed record EntityItem<TValue>(string Resource, string Id, long Version, bool Removed, TValue Value);

/// <summary>A topic of whose entities a service keeps copies: an item of <c>GET /internal/replicas</c>.</summary>
/// <param name="Owner">App-id of the owner.</param>
/// <param name="Resource">Name of the aggregate.</param>
public sealed record ReplicatedTopic(string Owner, string Resource);

/// <summary>The life of an entity: the answer of <c>GET /internal/&lt;resource&gt;/{id}/events</c>.</summary>
/// <param name="Resource">Name of the aggregate.</param>
/// <param name="Id">The entity's id.</param>
/// <param name="Version">Number of its latest event.</param>
/// <param name="Rebuilt">True when its events, from the first, lead to exactly the state that is kept.</param>
/// <param name="Events">The events, oldest first.</param>
public sealed record EntityEvents(string Resource, string Id, long Version, bool Rebuilt, IReadOnlyList<EntityEventName> Events);

/// <summary>One event in the life of an entity.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Type">Its name inside the service.</param>
/// <param name="At">When, in UTC.</param>
public sealed record EntityEventName(long Version, string Type, DateTimeOffset At);

/// <summary>A page of a list.</summary>
/// <param name="Items">The items, newest first unless the list says otherwise.</param>
/// <param name="Next">Cursor of the next page; null on the last one.</param>
public sealed record Page<TItem>(
    IReadOnlyList<TItem> Items, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] string? Next);
