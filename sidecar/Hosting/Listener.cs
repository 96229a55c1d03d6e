namespace MallBots.Sidecar.Hosting;

/// <summary>One port: whose sidecar it is, and which API. Every connection carries it, so a request knows where it came in.</summary>
internal sealed record Listener(AppSidecar App, bool IsGrpc)
{
    /// <summary>The listener that a request came in by.</summary>
    public static Listener Of(HttpContext context) => context.Features.Get<Listener>()!;
}
