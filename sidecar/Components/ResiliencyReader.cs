using MallBots.Sidecar.Resiliency;

namespace MallBots.Sidecar.Components;

/// <summary>Reads Resiliency documents. Several add up: a target may use a policy of another document (fact R2).</summary>
internal sealed class ResiliencyReader
{
    // The real runtime's defaults.
    static readonly TimeSpan ConstantInterval = TimeSpan.FromSeconds(5);
    static readonly TimeSpan FirstExponentialInterval = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan LargestInterval = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, TimeSpan> timeouts = new(StringComparer.Ordinal);
    readonly Dictionary<string, RetryPolicy> retries = new(StringComparer.Ordinal);
    readonly HashSet<string> circuitBreakers = new(StringComparer.Ordinal);
    readonly List<Action<ResiliencyPolicies>> targets = [];
    readonly List<string> warnings = [];

    public IReadOnlyList<string> Warnings => warnings;

    public void Read(YamlMap document)
    {
        var spec = document.Map("spec");
        ReadPolicies(spec.OptionalMap("policies"));
        ReadTargets(spec.OptionalMap("targets"));
    }

    /// <summary>Puts targets and policies together, now that all documents are read.</summary>
    public ResiliencyPolicies Finish()
    {
        var policies = new ResiliencyPolicies();
        foreach (var add in targets) add(policies);
        return policies;
    }

    void ReadPolicies(YamlMap? policies)
    {
        if (policies is null) return;
        if (policies.OptionalMap("timeouts") is { } timeoutMap)
        {
            foreach (var name in timeoutMap.Names) timeouts[name] = timeoutMap.OptionalDuration(name)!.Value;
        }

        if (policies.OptionalMap("retries") is { } retryMap)
        {
            foreach (var name in retryMap.Names) retries[name] = ReadRetry(name, retryMap.Map(name));
        }

        if (policies.OptionalMap("circuitBreakers") is { } breakers)
        {
            foreach (var name in breakers.Names)
            {
                circuitBreakers.Add(name);
                breakers.Accept(name);
                warnings.Add($"{breakers.SourceOf(name)}: circuit breaker '{name}' is not acted on by this sidecar");
            }
        }
    }

    static RetryPolicy ReadRetry(string name, YamlMap retry)
    {
        var kind = retry.OptionalText("policy") ?? "constant";
        if (kind is not ("constant" or "exponential"))
            throw new ResourceException(retry.SourceOf("policy"), $"retry '{name}' has the unknown policy '{kind}'; known are constant, exponential");

        var exponential = kind == "exponential";
        var duration = retry.OptionalDuration("duration");
        var matching = retry.OptionalMap("matching");
        return new RetryPolicy(
            name,
            exponential,
            exponential ? FirstExponentialInterval : duration ?? ConstantInterval,
            retry.OptionalDuration("maxInterval") ?? LargestInterval,
            retry.OptionalNumber("maxRetries") ?? -1,
            Codes(matching, "httpStatusCodes", name),
            Codes(matching, "gRPCStatusCodes", name));
    }

    static StatusCodeSet? Codes(YamlMap? matching, string field, string retry)
    {
        if (matching?.OptionalText(field) is not { } text) return null;
        return StatusCodeSet.TryParse(text) ?? throw new ResourceException(
            matching.SourceOf(field), $"'{field}' of retry '{retry}' must be codes and ranges such as 503 or 429,500-599");
    }

    void ReadTargets(YamlMap? map)
    {
        if (map?.OptionalMap("apps") is { } apps)
        {
            foreach (var appId in apps.Names)
                AddTarget(apps.OptionalMap(appId), (policies, policy) => policies.AddApp(appId, policy));
        }

        if (map?.OptionalMap("components") is { } components)
        {
            foreach (var name in components.Names)
            {
                var sides = components.OptionalMap(name);
                AddTarget(sides?.OptionalMap("inbound"), (policies, policy) => policies.AddComponentInbound(name, policy));
                AddTarget(sides?.OptionalMap("outbound"), (policies, policy) => policies.AddComponentOutbound(name, policy));
            }
        }
    }

    void AddTarget(YamlMap? target, Action<ResiliencyPolicies, ResiliencyPolicy> add)
    {
        if (target is null) return;
        var (timeout, retry, breaker) = (target.OptionalText("timeout"), target.OptionalText("retry"), target.OptionalText("circuitBreaker"));
        targets.Add(policies =>
        {
            if (breaker is not null) Known(circuitBreakers, breaker, "circuitBreaker", target);
            add(policies, new ResiliencyPolicy(
                timeout is null ? null : timeouts[Known(timeouts.Keys, timeout, "timeout", target)],
                retry is null ? null : retries[Known(retries.Keys, retry, "retry", target)]));
        });
    }

    static string Known(IReadOnlyCollection<string> known, string name, string field, YamlMap target) => known.Contains(name)
        ? name
        : throw new ResourceException(target.SourceOf(field), $"{field} '{name}' is not defined; defined are {string.Join(", ", known)}");
}
