namespace MallBots.Local.Audit;

/// <summary>Something that must not be.</summary>
/// <param name="Rule">Number of the rule in the specification's section 6; 0 for what all of them rest on.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Ids">The entities concerned.</param>
public sealed record Violation(int Rule, string Text, IReadOnlyList<string> Ids)
{
    /// <summary>One line.</summary>
    public override string ToString() => $"rule {Rule}: {Text} [{string.Join(", ", Ids)}]";

    internal static Violation Of(int rule, string text, params string[] ids) => new(rule, text, ids);
}

/// <summary>What the auditor found.</summary>
/// <param name="Violations">Everything that must not be.</param>
/// <param name="Checked">How many of each were looked at.</param>
/// <param name="NotChecked">What could not be seen, and why.</param>
public sealed record AuditReport(
    IReadOnlyList<Violation> Violations, IReadOnlyDictionary<string, int> Checked, IReadOnlyList<string> NotChecked)
{
    /// <summary>Writes it for people.</summary>
    public void WriteTo(TextWriter output)
    {
        foreach (var violation in Violations) output.WriteLine(violation);
        foreach (var reason in NotChecked) output.WriteLine($"not checked: {reason}");
        output.WriteLine($"checked: {string.Join(", ", Checked.Select(kind => $"{kind.Value} {kind.Key}"))}");
        output.WriteLine(Violations.Count == 0 ? "Nothing was found." : $"{Violations.Count} violations.");
    }

    /// <summary>The report as text.</summary>
    public override string ToString()
    {
        using var text = new StringWriter();
        WriteTo(text);
        return text.ToString();
    }
}
