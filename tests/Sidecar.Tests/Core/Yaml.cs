namespace MallBots.Sidecar.Tests.Core;

/// <summary>Component documents for tests.</summary>
public static class Yaml
{
    public static string Component(string name, string type, params (string Name, string Value)[] metadata) =>
        $"""
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata:
          name: {name}
        spec:
          type: {type}
          version: v1
          metadata: [{string.Join(", ", metadata.Select(item => $"{{name: {item.Name}, value: \"{item.Value}\"}}"))}]
        """;

    public static string MemoryState => Component("statestore", "state.in-memory");

    public static string SqliteState => Component("statestore", "state.sqlite", ("connectionString", "mall.db"));

    public static string StateOf(string engine) => engine == "memory" ? MemoryState : SqliteState;
}
