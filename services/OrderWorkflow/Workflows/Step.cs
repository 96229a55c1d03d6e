namespace MallBots.OrderWorkflow.Workflows;

/// <summary>A line of a table of specification 4: a command to another service. Its name is that of the command.</summary>
/// <typeparam name="TFacts">What the workflow knows of its order.</typeparam>
/// <param name="Name">Name of the step and of the command.</param>
/// <param name="Command">Makes the internal command from the facts, signed by who sends it.</param>
/// <param name="UndoneBy">The step that takes it back.</param>
sealed record Step<TFacts>(string Name, Func<TFacts, Sender, object> Command, Step<TFacts>? UndoneBy = null);

/// <summary>Who sends a command.</summary>
/// <param name="WorkflowId">The instance.</param>
/// <param name="Step">Its step.</param>
sealed record Sender(string WorkflowId, string Step);
