using System.Globalization;
using System.Text.RegularExpressions;
using MallBots.Contracts;

namespace MallBots.Depot.Simulation;

/// <summary>The mall's floor plan: places such as <c>Level 1, A-12</c> are unit 12 of aisle A on level 1. The depot is at the beginning of level 0.</summary>
public static partial class FloorPlan
{
    const int MetresBetweenLevels = 20, MetresBetweenAisles = 10, MetresBetweenUnits = 2;
    static readonly Place Depot = new(0, 0, 0);

    /// <summary>A place that is not written as the floor plan has it; somewhere in the middle of the mall.</summary>
    static readonly Place Elsewhere = new(1, 2, 6);

    /// <summary>The way of a round: from the depot always to the nearest stop that is left; the last drive is back to the depot.</summary>
    /// <param name="stops">The stops.</param>
    /// <returns>The stops in the order of the drive with the metres to each, and the metres back.</returns>
    public static (IReadOnlyList<(ShoppingStop Stop, int Metres)> Drives, int MetresBack) Round(IReadOnlyList<ShoppingStop> stops)
    {
        var left = stops.ToList();
        var drives = new List<(ShoppingStop, int)>();
        var here = Depot;
        while (left.MinBy(stop => Distance(here, Read(stop.Location))) is { } next)
        {
            var there = Read(next.Location);
            drives.Add((next, Distance(here, there)));
            left.Remove(next);
            here = there;
        }

        return (drives, Distance(here, Depot));
    }

    static int Distance(Place from, Place to) =>
        Math.Abs(from.Level - to.Level) * MetresBetweenLevels
        + Math.Abs(from.Aisle - to.Aisle) * MetresBetweenAisles
        + (from.Level == to.Level && from.Aisle == to.Aisle
            ? Math.Abs(from.Unit - to.Unit)
            : from.Unit + to.Unit) * MetresBetweenUnits; // Lifts and cross ways are at the beginning of each aisle.

    static Place Read(string location) => Written().Match(location) is { Success: true } found
        ? new Place(Number(found.Groups[1]), char.ToUpperInvariant(found.Groups[2].Value[0]) - 'A', Number(found.Groups[3]))
        : Elsewhere;

    static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("^Level ([0-9]{1,2}), ([A-Z])-([0-9]{1,3})$", RegexOptions.IgnoreCase)]
    private static partial Regex Written();

    readonly record struct Place(int Level, int Aisle, int Unit);
}
