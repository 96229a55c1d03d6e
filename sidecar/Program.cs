namespace MallBots.Sidecar;

/// <summary>The sidecar as a program of its own, for one app in any language.</summary>
public static class Program
{
    /// <summary>Starts the sidecar of one app.</summary>
    public static int Main()
    {
        Console.Error.WriteLine("The standalone program is not there yet; the sidecar runs inside `dotnet run --project local`.");
        return 1;
    }
}
