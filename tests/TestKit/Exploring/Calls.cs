using System.Text;
using MallBots.ServiceKit;

namespace MallBots.TestKit.Exploring;

/// <summary>What a process asks of the world around it.</summary>
enum CallKind
{
    None,
    Get,
    Save,
    Delete,
    Publish,

    /// <summary>A timer that it has set: the answer is that its time has come.</summary>
    Timer,
}

/// <summary>A call that waits for its answer. Calls of a process have numbers, in the order in which it makes them.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Kind">What is asked.</param>
/// <param name="Key">Number of the key, or of the topic.</param>
/// <param name="Value">Number of the text that is to be saved or published; -1 for none.</param>
/// <param name="ETag">The ETag that the key must have; 0 for none.</param>
/// <param name="Before">How many calls just like it the process has made before.</param>
readonly record struct Call(int Number, CallKind Kind, int Key, int Value, int ETag, int Before)
{
    /// <summary>True when it changes something that others can see.</summary>
    public bool HasEffect => Kind is CallKind.Save or CallKind.Delete or CallKind.Publish;
}

/// <summary>What a process hears of a call: of a get the ETag (0 for none) and the value, of the others whether they are known to be carried out.</summary>
readonly record struct Answer(int ETag, int Value)
{
    public static readonly Answer Yes = new(1, -1);
    public static readonly Answer No = new(0, -1);

    /// <summary>A read failed.</summary>
    public static readonly Answer Failed = new(-1, -1);
}

/// <summary>Texts as numbers, so that states are small and quickly compared.</summary>
sealed class Texts
{
    readonly Dictionary<string, int> numbers = [];
    readonly List<string> texts = [];
    readonly Dictionary<(int, Type), object> read = [];

    public string this[int number] => texts[number];

    public int Of(string text)
    {
        if (numbers.TryGetValue(text, out var number)) return number;
        texts.Add(text);
        return numbers[text] = texts.Count - 1;
    }

    /// <summary>The JSON of a text, read once.</summary>
    public T Read<T>(int number) where T : notnull =>
        (T)(read.TryGetValue((number, typeof(T)), out var known) ? known : read[(number, typeof(T))] = KitJson.Read<T>(Encoding.UTF8.GetBytes(texts[number])));
}
