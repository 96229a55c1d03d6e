namespace MallBots.TestKit;

/// <summary>Tests have a short form, and a long one that <c>.ci/run --long</c> asks for.</summary>
public static class LongForm
{
    public static bool IsOn => Environment.GetEnvironmentVariable("MALLBOTS_LONG") == "1";

    /// <summary>How many rounds to run.</summary>
    public static int Rounds(int shortForm, int longForm) => IsOn ? longForm : shortForm;
}
