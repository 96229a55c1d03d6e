namespace MallBots.Contracts;

/// <summary>
/// What a service is to the others: its Dapr app-id, its port, and what it may use, hear and be called for. The gateway, the local run, the component files,
/// the access control and the chart follow from it; tests hold it to what the services really do.
/// </summary>
/// <param name="Id">The Dapr app-id.</param>
/// <param name="Port">The port that its API listens on (specification 1).</param>
public sealed record App(string Id, int Port)
{
    /// <summary>First segments under <c>/api</c> that the gateway passes on to it.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>Topics that it subscribes to (specification 5). It reads their owners' feeds and entities, too.</summary>
    public IReadOnlyList<Topic> Hears { get; init; } = [];

    /// <summary>Topics that it publishes on: those of its own aggregates.</summary>
    public IReadOnlyList<Topic> Publishes => [.. Topics.All.Where(topic => topic.Owner == Id)];

    /// <summary>Names of the Dapr components that it uses; no other app sees them.</summary>
    public IReadOnlyList<string> Components { get; init; } = [];

    /// <summary>Internal commands that it carries out, and the app that sends them.</summary>
    public IReadOnlyList<SentCommand> Commands { get; init; } = [];

    /// <summary>The name of its project, its assembly (<c>MallBots.&lt;name&gt;</c>) and its folder under <c>services/</c>.</summary>
    public string Name { get; } = string.Concat(Id.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>Whether Dapr Workflow runs in it (fact W4).</summary>
    public bool RunsWorkflows => Components.Contains(ComponentNames.WorkflowStore);

    /// <summary>
    /// What other apps may invoke, by path. All others, and all other paths, are refused where access is controlled (fact I6). A path stands once,
    /// with all of its methods.
    /// </summary>
    public IReadOnlyList<InvokedRoute> InvokedRoutes
    {
        get
        {
            List<InvokedRoute> routes = [];
            if (Resources.Count > 0)
            {
                routes.Add(new("/api/**", ["*"], [Apps.Gateway]));
                routes.Add(new("/readyz", ["GET"], [Apps.Gateway]));
                routes.Add(new("/openapi/v1.json", ["GET"], [Apps.Gateway]));
                routes.Add(new("/internal/dead-letters/**", ["GET", "POST", "DELETE"], [Apps.Gateway]));
            }

            var readers = Publishes.Select(topic => (Topic: topic, Apps: ReadersOf(topic))).Where(read => read.Apps.Count > 0).ToList();
            if (readers.Count > 0) routes.Add(new("/internal/changes", ["GET"], [.. readers.SelectMany(read => read.Apps).Distinct()]));
            routes.AddRange(readers.Select(read => new InvokedRoute($"/internal/{read.Topic.Resource}/*", ["GET"], read.Apps)));
            routes.AddRange(Commands.Select(command => new InvokedRoute($"/internal/{command.Route}", ["POST"], [command.Sender])));
            return routes;
        }
    }

    static List<string> ReadersOf(Topic topic) => [.. Apps.All.Where(app => app.Hears.Contains(topic)).Select(app => app.Id)];
}

/// <summary>An internal command as one app sends it to another.</summary>
/// <param name="Route">Last segment of its path, <c>/internal/&lt;route&gt;</c>.</param>
/// <param name="Sender">App-id of the sender.</param>
public sealed record SentCommand(string Route, string Sender);

/// <summary>A path of an app that other apps may invoke through their sidecars.</summary>
/// <param name="Path">The path; <c>/**</c> at its end stands for it and everything below it, <c>/*</c> for it and one segment more (fact I6).</param>
/// <param name="Methods">HTTP methods in capitals; <c>*</c> for all.</param>
/// <param name="Callers">App-ids of those who may.</param>
public sealed record InvokedRoute(string Path, IReadOnlyList<string> Methods, IReadOnlyList<string> Callers);

/// <summary>Names of the mall's Dapr components, the same with every engine.</summary>
public static class ComponentNames
{
    /// <summary>The broker.</summary>
    public const string PubSub = "pubsub";

    /// <summary>The documents of the services.</summary>
    public const string StateStore = "statestore";

    /// <summary>The histories of workflows (fact W9).</summary>
    public const string WorkflowStore = "workflowstore";

    /// <summary>The binding that sends text messages.</summary>
    public const string Sms = "sms";

    /// <summary>The secrets that services read.</summary>
    public const string Secrets = "secrets";
}
