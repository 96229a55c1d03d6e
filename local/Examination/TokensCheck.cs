namespace MallBots.Local.Examination;

/// <summary>The tokens that `dapr run` passes on (fact I3); the local mall makes its own.</summary>
static class TokensCheck
{
    public static Task<IReadOnlyList<Finding>> Look(DoctorOptions options) => Task.FromResult<IReadOnlyList<Finding>>(
    [
        Token("APP_API_TOKEN", "no service starts without it", options),
        Token("DAPR_API_TOKEN", "every program on this machine may use the sidecars", options),
    ]);

    static Finding Token(string name, string otherwise, DoctorOptions options) => options.Variable(name) is { Length: > 0 }
        ? new(Verdict.Fine, name, "is set")
        : new(Verdict.Problem, name, $"is not in the environment: {otherwise}", $"export {name}=$(openssl rand -hex 16)");
}
