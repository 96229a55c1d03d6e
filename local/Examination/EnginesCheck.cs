using System.Globalization;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Storage;
using Npgsql;

namespace MallBots.Local.Examination;

/// <summary>The engines that the chosen components name, each asked once: Redis with its password, Kafka, PostgreSQL; and the database of search.</summary>
static class EnginesCheck
{
    const string Subject = "components";

    public static async Task<IReadOnlyList<Finding>> Look(DoctorOptions options, string folder, CancellationToken cancel)
    {
        Sidecar.Components.Resources resources;
        try
        {
            resources = ResourceFiles.Read([ComponentFolders.Common, folder], anyType: true);
        }
        catch (ResourceException mistake)
        {
            return [new(Verdict.Problem, Subject, mistake.Message, "correct the file")];
        }

        List<Finding> findings = [new(Verdict.Fine, Subject, folder)];
        if (!options.ForDapr) findings.AddRange(resources.Components.Where(IsUnknown).Select(component => new Finding(
            Verdict.Problem, Subject, $"{component.Source}: '{component.Name}' has the type {component.Type}, which the embedded sidecars do not have", "run it on Dapr: doctor --for dapr")));
        if (options.ForDapr) findings.AddRange(resources.Components.Where(IsOursAlone).Select(component => new Finding(
            Verdict.Problem, Subject, $"{component.Source}: '{component.Name}' has the type {component.Type}, which Dapr does not have", "choose components/redis, components/kafka or components/postgres")));

        var engines = resources.Components.Select(component => EngineOf(component, cancel)).OfType<Engine>().DistinctBy(engine => engine.Address).ToList();
        if (Postgres(options, resources) is { } search) engines.Add(search);
        findings.AddRange(await Task.WhenAll(engines.Select(engine => engine.Ask())));
        return findings;
    }

    static bool IsUnknown(Component component) => ComponentType.Find(component.Type) is null;

    static bool IsOursAlone(Component component) => component.Type == "pubsub.embedded";

    static Engine? EngineOf(Component component, CancellationToken cancel)
    {
        if (component.Type.EndsWith(".redis", StringComparison.Ordinal))
        {
            var address = RedisConnectionText.NameOf(RedisConnectionText.OptionsOf(component));
            return new($"redis {address} {component.Setting("redisUsername")} {component.Setting("redisPassword")}", async () => await RedisConnectionText.ProblemOfAsync(component) is { } problem
                ? new(Verdict.Problem, "Redis", $"component '{component.Name}' {problem.Split(": ", 2)[0]}", $"{problem.Split(": ", 2)[^1]} ({component.Source})")
                : new(Verdict.Fine, "Redis", $"{address} answers"));
        }

        if (component.Type.EndsWith(".kafka", StringComparison.Ordinal))
        {
            var brokers = component.Setting("brokers") ?? "";
            return new($"kafka {brokers}", () => KafkaProbe.Ask(component, cancel));
        }

        if (component.Type.Contains("postgres", StringComparison.Ordinal))
            return new($"postgres {PostgresText.Key(component)}", () => AskPostgres(() => PostgresText.Of(component), component.Source.ToString(), cancel));
        return null;
    }

    /// <summary>The database of search, where its settings name one in PostgreSQL, as the service reads them from the environment.</summary>
    static Engine? Postgres(DoctorOptions options, Sidecar.Components.Resources resources)
    {
        const string setting = "Search__Postgres", ofSecret = "Search__PostgresSecret";
        if (options.Variable(setting) is { Length: > 0 } text) return new("", () => AskPostgres(() => new(text), setting, CancellationToken.None));
        if (options.Variable(ofSecret) is not { Length: > 0 } secret) return null;
        // An environment has every name, with an empty value when it is not set.
        var known = resources.SecretStores.Values.Select(store => store.Find(secret)?.GetValueOrDefault(secret)).FirstOrDefault(value => value is { Length: > 0 });
        return new("", () => known is null
            ? Task.FromResult(new Finding(Verdict.Problem, "PostgreSQL", $"the secret '{secret}' that {ofSecret} names is in no secret store", "add it to components/secrets.json"))
            : AskPostgres(() => new(known), ofSecret, CancellationToken.None));
    }

    static async Task<Finding> AskPostgres(Func<NpgsqlConnectionStringBuilder> read, string where, CancellationToken cancel)
    {
        const string subject = "PostgreSQL";
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = read();
            settings.Timeout = 5;
            settings.Pooling = false;
        }
        catch (ArgumentException wrong)
        {
            return new(Verdict.Problem, subject, $"the connection string can't be read: {wrong.Message}", $"correct {where}");
        }

        var place = string.Create(CultureInfo.InvariantCulture, $"{settings.Host}:{settings.Port}, database {settings.Database ?? settings.Username}");
        try
        {
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(cancel);
            return new(Verdict.Fine, subject, $"{place} answers ({connection.PostgreSqlVersion})");
        }
        catch (PostgresException refused)
        {
            return new(Verdict.Problem, subject, $"{place}: {refused.MessageText} ({refused.SqlState})", $"correct {where}");
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            return new(Verdict.Problem, subject, $"{place} does not answer: {away.Message}", $"start it, or correct {where}");
        }
    }

    /// <summary>Something that several components may name; it is asked once.</summary>
    /// <param name="Address">What makes it the same.</param>
    /// <param name="Ask">Asks it.</param>
    sealed record Engine(string Address, Func<Task<Finding>> Ask);
}
