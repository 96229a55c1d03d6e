using System.Text.Json;

namespace MallBots.TestKit.Exploring;

/// <summary>Store and broker at one moment of an exploration.</summary>
public class Moment
{
    readonly Texts keys;
    readonly Texts texts;
    readonly Store store;
    readonly UnderWay effect;

    internal Moment(Texts keys, Texts texts, Store store, UnderWay effect) => (this.keys, this.texts, this.store, this.effect) = (keys, texts, store, effect);

    /// <summary>The key that was just saved or deleted; null after a publish.</summary>
    public string? Saved => effect.Kind == CallKind.Publish ? null : keys[effect.Key];

    /// <summary>The event that was just published, also one that was before; null after a save.</summary>
    public JsonElement? JustPublished => effect.Kind == CallKind.Publish ? texts.Read<JsonElement>(effect.Value) : null;

    /// <summary>What was published, each event once, in the order of their first times.</summary>
    public IReadOnlyList<JsonElement> Published => [.. store.Published.Select(texts.Read<JsonElement>)];

    /// <summary>What is stored now, by key.</summary>
    public IEnumerable<string> Keys => Enumerable.Range(0, store.Held.Length).Where(key => store.Held[key].Value >= 0).Select(key => keys[key]);

    /// <summary>The value of a key; null when there is none.</summary>
    public T? Read<T>(string key) where T : class => store.Get(keys.Of(key)) is { ETag: > 0, Value: var value } ? texts.Read<T>(value) : null;

    /// <summary>All that is stored, to look at.</summary>
    public override string ToString() => string.Join(
        '\n', Keys.Select(key => $"  {key}: {texts[store.Get(keys.Of(key)).Value]}").Append($"  published: {string.Join(' ', Published.Select(e => e.GetProperty("id")))}"));
}

/// <summary>The end of a run, after the last process.</summary>
public sealed class End : Moment
{
    internal End(Texts keys, Texts texts, Store store, string result, IReadOnlyDictionary<string, string?> results)
        : base(keys, texts, store, default) => (Result, Results) = (result, results);

    /// <summary>What came of the last process.</summary>
    public string Result { get; }

    /// <summary>What came of each process; null for one that crashed.</summary>
    public IReadOnlyDictionary<string, string?> Results { get; }
}
