using System.Text.RegularExpressions;

namespace MallBots.Sidecar.Invocation;

/// <summary>
/// The paths of a caller's operations, a level for each segment, searched just as daprd searches its own (fact I6), odd as that is in places: a list must not
/// allow here what it refuses there. At each level the first that matches is taken, there is no way back, and the first path with verbs ends the search.
/// </summary>
internal sealed class OperationTree
{
    const string OneSegment = "*";
    const string AnySegments = "**";

    readonly Node root = new("");

    /// <summary>Adds a path; one that is there already keeps its verbs.</summary>
    public void Add(string path, IReadOnlySet<string> verbs)
    {
        var node = root;
        foreach (var segment in Segments(path))
        {
            var next = node.Children.Find(child => child.Segment == segment);
            if (next is null) node.Children.Add(next = new Node(segment));
            node = next;
        }

        node.Verbs ??= verbs;
    }

    /// <summary>The verbs of the path that decides about <paramref name="path"/>; null when there is none.</summary>
    public IReadOnlySet<string>? Find(string path)
    {
        var node = root;
        var segments = Segments(path);
        for (var index = 0; index < segments.Length; index++)
        {
            var isLast = index == segments.Length - 1;
            if (node.Match(segments[index], isLast) is not { } next) return null;
            // A path ends the search also for all that is below it, unless its end is a single star.
            if (next.Verbs is not null && (isLast || next.Segment != OneSegment)) return next.Verbs;
            // What is directly below by a star covers the path itself too.
            if (next.Verbs is null && isLast) return next.Match(OneSegment, isLast: true)?.Verbs;
            node = next;
        }

        return null;
    }

    static string[] Segments(string path) => (path.StartsWith('/') ? path[1..] : path).ToLowerInvariant().Split('/');

    sealed class Node(string segment)
    {
        // Stars within a segment; the tree is searched for each call, so it is read once.
        readonly Regex? pattern = segment is OneSegment or AnySegments || !segment.Contains('*', StringComparison.Ordinal)
            ? null
            : new Regex($@"\A{string.Join(".*", segment.Split('*').Select(Regex.Escape))}\z", RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

        public string Segment { get; } = segment;

        public List<Node> Children { get; } = [];

        public IReadOnlySet<string>? Verbs { get; set; }

        public Node? Match(string wanted, bool isLast) => Children.Find(child => child.Covers(wanted, isLast));

        bool Covers(string wanted, bool isLast) => wanted == Segment || Segment switch
        {
            OneSegment => isLast,
            AnySegments => true,
            _ => pattern?.IsMatch(wanted) == true,
        };
    }
}
