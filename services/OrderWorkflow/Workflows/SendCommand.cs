using System.Text.Json;
using Dapr.Workflow;
using MallBots.Contracts;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>A command on its way to its service.</summary>
/// <param name="Name">The command's route.</param>
/// <param name="Body">The command; JSON once it has been through the runtime.</param>
public sealed record CommandToSend(string Name, object Body);

/// <summary>What came of sending a command.</summary>
/// <param name="Answer">The business answer; null for a fault.</param>
/// <param name="Fault">Why there is none, in short: an exception with its stack would fill the history (fact W7).</param>
public sealed record Sent(CommandAnswer? Answer, string? Fault = null);

/// <summary>The activity of every step: sends an internal command. Runs at least once (fact W3), also after its instance was restarted; receivers decide by the state they
/// find. It has its answer, body and all, within <c>Calls:Timeout</c>, or it is a fault.</summary>
public sealed class SendCommand(Peers peers) : WorkflowActivity<CommandToSend, Sent>
{
    static readonly Dictionary<string, Func<Peers, JsonElement, Task<CommandAnswer>>> Senders = new()
    {
        [BeginOrder.Route] = Send<BeginOrder>,
        [AuthorizeCustomer.Route] = Send<AuthorizeCustomer>,
        [CreateShoppingList.Route] = Send<CreateShoppingList>,
        [ConfirmPayment.Route] = Send<ConfirmPayment>,
        [ApproveOrder.Route] = Send<ApproveOrder>,
        [InitiateShopping.Route] = Send<InitiateShopping>,
        [RejectOrder.Route] = Send<RejectOrder>,
        [Contracts.CancelOrder.Route] = Send<Contracts.CancelOrder>,
        [ReleasePayment.Route] = Send<ReleasePayment>,
        [CancelShoppingList.Route] = Send<CancelShoppingList>,
        [BeginCancel.Route] = Send<BeginCancel>,
        [RefuseCancel.Route] = Send<RefuseCancel>,
    };

    /// <inheritdoc/>
    public override async Task<Sent> RunAsync(WorkflowActivityContext context, CommandToSend input)
    {
        try
        {
            return new Sent(await Senders[input.Name](peers, (JsonElement)input.Body));
        }
        catch (UnavailableException fault)
        {
            return new Sent(null, fault.Message);
        }
    }

    static Task<CommandAnswer> Send<TCommand>(Peers peers, JsonElement body) where TCommand : IInternalCommand =>
        peers.Send(body.Deserialize<TCommand>(KitJson.Options)!, CancellationToken.None);
}
