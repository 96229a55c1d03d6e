using System.Globalization;

namespace MallBots.Sidecar.State;

/// <summary>Times as the state API shows them: RFC 3339, whole seconds.</summary>
internal static class StateTimes
{
    /// <summary>The time as text.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
