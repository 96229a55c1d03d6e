namespace MallBots.Sidecar.Hosting;

/// <summary>The W3C trace context that a caller sent; empty texts when it sent none.</summary>
/// <param name="Parent">Header traceparent.</param>
/// <param name="State">Header tracestate.</param>
internal readonly record struct CallTrace(string Parent, string State)
{
    /// <summary>Reads it from the headers of a call, of either API: gRPC metadata are headers too.</summary>
    public static CallTrace Of(HttpContext call) => new(call.Request.Headers.TraceParent.ToString(), call.Request.Headers.TraceState.ToString());
}
