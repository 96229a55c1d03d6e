namespace MallBots.Sidecar.Resiliency;

/// <summary>What holds for calls to one target: how long one attempt may take, and how it is repeated.</summary>
/// <param name="Timeout">Limit of each attempt (fact I4); null: none.</param>
/// <param name="Retry">How a failed attempt is repeated; null: it is not.</param>
internal sealed record ResiliencyPolicy(TimeSpan? Timeout, RetryPolicy? Retry)
{
    /// <summary>Nothing is limited or repeated.</summary>
    public static readonly ResiliencyPolicy None = new(null, null);
}

/// <summary>How a failed attempt is repeated.</summary>
/// <param name="Name">The policy's name in the YAML.</param>
/// <param name="Exponential">Growing intervals, else always <paramref name="Interval"/>.</param>
/// <param name="Interval">The interval (constant) or the first interval (exponential).</param>
/// <param name="MaxInterval">Upper limit of a growing interval.</param>
/// <param name="MaxRetries">How often it is repeated; -1: without end.</param>
/// <param name="HttpStatusCodes">The HTTP answers that are repeated; null: every one that is not 2xx.</param>
/// <param name="GrpcStatusCodes">The gRPC codes that are repeated; null: every one but OK.</param>
internal sealed record RetryPolicy(
    string Name, bool Exponential, TimeSpan Interval, TimeSpan MaxInterval, int MaxRetries, StatusCodeSet? HttpStatusCodes, StatusCodeSet? GrpcStatusCodes)
{
    /// <summary>An exponential policy ends after this time, whatever maxRetries says (fact P3).</summary>
    public static readonly TimeSpan ExponentialLimit = TimeSpan.FromMinutes(15);

    const double Growth = 1.5;

    /// <summary>Whether an HTTP answer of the app is repeated. Closed ports, dead sidecars and time-outs always are (fact I4).</summary>
    public bool RepeatsHttp(int status) => status is < 200 or >= 300 && (HttpStatusCodes?.Contains(status) ?? true);

    /// <summary>The pauses before the first, second, … repetition; it ends when no further one is due.</summary>
    public IEnumerable<TimeSpan> Delays()
    {
        var (delay, waited) = (Interval, TimeSpan.Zero);
        for (var repetition = 0; MaxRetries < 0 || repetition < MaxRetries; repetition++)
        {
            yield return delay;
            if (!Exponential) continue;

            waited += delay;
            if (waited >= ExponentialLimit) yield break;
            delay = delay * Growth < MaxInterval ? delay * Growth : MaxInterval;
        }
    }
}
