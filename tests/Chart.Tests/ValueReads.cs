namespace MallBots.Chart.Tests;

/// <summary>What the templates of a chart read.</summary>
/// <param name="Values">The paths below <c>.Values</c>.</param>
/// <param name="Unresolved">Places that could not be followed.</param>
/// <param name="UnusedDefines">Named templates that nobody includes.</param>
sealed record ValueReads(IReadOnlyList<ValueRead> Values, IReadOnlyList<string> Unresolved, IReadOnlyList<string> UnusedDefines);

/// <summary>A path that a template reads.</summary>
/// <param name="Path">Its keys; <c>*</c> is any key of a map, or any item of a list.</param>
/// <param name="Whole">All below is read, too: it is printed, or given to a function.</param>
/// <param name="At">One place that reads it.</param>
sealed record ValueRead(IReadOnlyList<string> Path, bool Whole, string At);
