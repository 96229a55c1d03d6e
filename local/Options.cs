using System.CommandLine;
using System.Globalization;

namespace MallBots.Local;

/// <summary>Kinds of options: each takes what it says and refuses all else in one line that names option, value and rule.</summary>
static class Options
{
    /// <summary>A folder, which need not exist.</summary>
    public static Option<string?> Folder(string name, string description) => Of<string?>(name, "DIR", description, text => (
        text.Trim().Length > 0 && !text.Contains('\0', StringComparison.Ordinal) ? text : null, "the path of a folder"));

    /// <summary>A whole number within bounds.</summary>
    public static Option<int?> Number(string name, string unit, string description, int least, int most) => Of<int?>(name, unit, description, text => (
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null,
        $"a whole number from {least} to {most}"));

    /// <summary>The address of a gateway.</summary>
    public static Option<Uri?> Address(string name, string description) => Of<Uri?>(name, "URL", description, text => (
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0 ? address : null,
        "an absolute address, such as http://localhost:5100"));

    /// <summary>One of some words.</summary>
    public static Option<string?> OneOf(string name, string description, params string[] words) => Of<string?>(name, "WHAT", description, text => (
        words.Contains(text, StringComparer.Ordinal) ? text : null, string.Join(" or ", words)));

    /// <summary>Whether the option stands in the command line.</summary>
    public static bool IsGiven(this ParseResult given, Option option) => given.GetResult(option) is { Implicit: false };

    static Option<T> Of<T>(string name, string helpName, string description, Func<string, (T? Value, string Wanted)> read) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = given =>
        {
            var text = given.Tokens.Count == 1 ? given.Tokens[0].Value : "";
            var (value, wanted) = read(text);
            if (value is null) given.AddError($"{name} must be {wanted}, not '{text.ReplaceLineEndings(" ")}'.");
            return value;
        },
    };
}
