namespace MallBots.Local.Examination;

/// <summary>How something was found.</summary>
public enum Verdict
{
    /// <summary>As it should be.</summary>
    Fine,

    /// <summary>Worth knowing; nothing that was asked for fails by it.</summary>
    Note,

    /// <summary>What was asked for will not run, or not well.</summary>
    Problem,
}

/// <summary>One thing that doctor looked at: one line.</summary>
/// <param name="Verdict">How it was found.</param>
/// <param name="Subject">What it is, in a word or two.</param>
/// <param name="Text">What was found.</param>
/// <param name="Remedy">The command, or the change of a setting, that mends it; null where nothing is to be mended.</param>
public sealed record Finding(Verdict Verdict, string Subject, string Text, string? Remedy = null)
{
    /// <summary>The line.</summary>
    public override string ToString()
    {
        var verdict = Verdict switch { Verdict.Fine => "ok", Verdict.Note => "note", _ => "PROBLEM" };
        return $"{verdict,-8}{Subject,-14}{Text}{(Remedy is null ? "" : $" -> {Remedy}")}".ReplaceLineEndings(" ");
    }
}

/// <summary>All that doctor looked at.</summary>
/// <param name="Findings">In the order of the checks.</param>
public sealed record DoctorReport(IReadOnlyList<Finding> Findings)
{
    /// <summary>How many of them are problems.</summary>
    public int Problems => Findings.Count(finding => finding.Verdict == Verdict.Problem);

    /// <summary>Writes a line for each, and what they come to.</summary>
    public void WriteTo(TextWriter output)
    {
        foreach (var finding in Findings) output.WriteLine(finding);
        output.WriteLine(Problems switch { 0 => "No problem was found.", 1 => "1 problem.", var many => $"{many} problems." });
    }
}
