using System.Reflection;

namespace MallBots.MallNode;

/// <summary>
/// A machine of the mall that a test can kill as a whole: several of its programs, services and standalone sidecars, in one process, each started by its
/// own entry point with its own command line, since twenty processes are too many for a quick test.
/// </summary>
public static class Program
{
    /// <summary>Stands between the command lines, which each begin with an assembly's name.</summary>
    public const string And = "--and";

    /// <summary>Runs all of them until one ends, which none should.</summary>
    public static int Main(string[] args)
    {
        var ended = new TaskCompletionSource<string>();
        foreach (var (assembly, arguments) in Lines(args))
        {
            // An entry point blocks its thread until the program ends.
            new Thread(() =>
            {
                var code = Assembly.Load(assembly).EntryPoint!.Invoke(null, [arguments]);
                ended.TrySetResult($"{assembly} ended with {code}");
            })
            { IsBackground = true }.Start();
        }

        Console.Error.WriteLine(ended.Task.GetAwaiter().GetResult());
        return 1;
    }

    static IEnumerable<(string Assembly, string[] Arguments)> Lines(string[] args)
    {
        List<string> line = [];
        foreach (var arg in args.Append(And))
        {
            if (arg != And)
            {
                line.Add(arg);
                continue;
            }

            yield return (line[0], [.. line.Skip(1)]);
            line.Clear();
        }
    }
}
