using System.Globalization;
using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.PubSub.Brokers;

/// <summary>Reads the metadata of a pub/sub component; what cannot be understood is one clear line, and no start.</summary>
internal static class ComponentSettings
{
    public static int Number(this Component component, string name, int standard, int least)
    {
        if (component.Setting(name) is not { Length: > 0 } text) return standard;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw Invalid(component, name, text, $"a whole number, {least} or more");
    }

    /// <summary>A duration as Go writes it ("10s"), or a bare number of milliseconds.</summary>
    public static TimeSpan Duration(this Component component, string name, TimeSpan standard)
    {
        if (component.Setting(name) is not { Length: > 0 } text) return standard;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)) return TimeSpan.FromMilliseconds(milliseconds);
        return GoDuration.TryParse(text, out var duration) ? duration : throw Invalid(component, name, text, "a duration such as 10s, or milliseconds");
    }

    static ResourceException Invalid(Component component, string name, string value, string expected) =>
        new(component.Source, $"metadata '{name}' of component '{component.Name}' is '{value}'; expected {expected}");
}
