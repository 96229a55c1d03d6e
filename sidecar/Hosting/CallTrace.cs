namespace MallBots.Sidecar.Hosting;

/// <summary>The W3C trace context that a caller sent; empty texts when it sent none.</summary>
/// <param name="Parent">Header traceparent.</param>
/// <param name="State">Header tracestate.</param>
internal readonly record struct CallTrace(string Parent, string State)
{
    /// <summary>Reads it from the headers of a call, of either API: gRPC metadata are headers too. What is no trace parent counts as none.</summary>
    public static CallTrace Of(HttpContext call)
    {
        var parent = call.Request.Headers.TraceParent.ToString();
        return IsTraceParent(parent) ? new CallTrace(parent, call.Request.Headers.TraceState.ToString()) : new CallTrace("", "");
    }

    /// <summary>version "-" trace id "-" span id "-" flags, all lower case hexadecimal.</summary>
    public static bool IsTraceParent(string text)
    {
        if (text.Length != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
        for (var position = 0; position < text.Length; position++)
        {
            if (position is 2 or 35 or 52) continue;
            if (!char.IsAsciiHexDigitLower(text[position])) return false;
        }

        return true;
    }
}
