using System.Collections.Immutable;
using MallBots.Contracts;
using MallBots.Domain.Tests.Ordering;
using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using CancelWorkflow = MallBots.OrderWorkflow.Workflows.CancelOrder;
using Order = MallBots.Ordering.Domain.Order;

namespace MallBots.Domain.Tests.OrderWorkflow;

/// <summary>
/// One order in a hostile world: the real workflows, the real order, and depot and payment by the rules of specification 3. What happens next is drawn
/// at random: commands are answered, lost, carried out although their answer is lost, repeated late; runs fail and start again; the customer cancels;
/// bots work; events are delayed. The same world as in docs/models/saga.py, but with the code that ships.
/// </summary>
sealed class SimulatedMall(int seed)
{
    readonly Random random = new(seed);
    readonly int haste = 1 + (seed % 4);
    readonly List<object> sent = [];
    readonly List<string> events = [];
    readonly List<Run> runs = [];
    readonly List<string> log = [];
    DateTime now = Spec.Start.UtcDateTime;
    Order order = Order.Evolve(null, new Happened(OrderStories.Created, 1, Spec.Start));
    long version = 1;
    ShoppingListStatus? list;
    bool botHadIt;
    PaymentStatus payment = PaymentStatus.Authorized;
    bool neverForThisOrder;
    readonly List<Run> purged = [];
    (int Asks, int Late, int Reruns, int Faults, int TakeBacks, int Restarts) left = (2, 3, 2, 6, 1, 1);

    public string Story => string.Join(" -> ", log);

    /// <summary>Plays until nothing has to happen any more; what is wrong then, or null.</summary>
    public string? Play()
    {
        Start(new Run("o-1", nameof(CreateOrder), 0));
        for (var move = 0; move < 5_000; move++)
        {
            var must = Due().ToList();
            if (must.Count == 0 && Wrong() is { } wrong) return wrong;
            // Its character decides how much a world hurries: in a slow one much happens between two steps.
            List<(string, Action)> moves = [.. Enumerable.Repeat(must, haste).SelectMany(due => due), .. MayHappen()];
            if (must.Count == 0 && (left.Late == 0 || moves.Count == 0)) return null;
            var (what, happens) = moves[random.Next(moves.Count)];
            log.Add(what);
            now = now.AddSeconds(1);
            happens();
            if (runs.Find(run => run.Result.IsFaulted && run.Context.ContinuesWith is null) is { } broken) return $"{broken.Id} failed: {broken.Result.Exception!.InnerException!.Message}";
        }

        return "it does not come to rest";
    }

    /// <summary>What is going to happen sooner or later.</summary>
    IEnumerable<(string, Action)> Due()
    {
        foreach (var run in runs)
        {
            if (run.Context.ContinuesWith is { } input) yield return ($"{run.Id} continues", () => Continue(run, input));
            if (run.Context.Command is { } open)
                yield return ($"{run.Id} {open.Command.Name}", () => run.Context.Reply(new Sent(CarryOut(open.Command.Body))));
            if (run.Context.Timer is not null) yield return ($"{run.Id} timer", run.Context.FireTimer);
        }

        foreach (var run in purged) yield return ($"{run.Id} is scheduled again", () => ScheduleAgain(run));
        foreach (var happened in events.Distinct()) yield return ($"event {happened}", () => Deliver(happened));
        if (list == ShoppingListStatus.Available) yield return ("bot takes it", () => Shop(ShoppingListStatus.Assigned, "assigned"));
        if (list == ShoppingListStatus.Assigned)
        {
            yield return ("completed", () => Shop(ShoppingListStatus.Completed, "completed"));
            yield return ("nothing picked", () => Shop(ShoppingListStatus.Completed, "nothing"));
        }
    }

    /// <summary>What may happen, but not for ever.</summary>
    IEnumerable<(string, Action)> MayHappen()
    {
        foreach (var run in runs.Where(run => run.Context.Command is not null))
        {
            var command = run.Context.Command!.Value.Command;
            if (left.Faults > 0)
            {
                yield return ($"{run.Id} {command.Name} lost", () => Fault(run));
                yield return ($"{run.Id} {command.Name} done, answer lost", () => CarryOutAndFault(run, command.Body));
            }

            if (left.Reruns > 0) yield return ($"{run.Id} fails and starts again", () => StartAgain(run, command.Body));
            if (left.Restarts > 0) yield return ($"{run.Id} stands still at {command.Name}, and is purged", () => Purge(run, command.Body));
        }

        if (left.Late > 0)
        {
            foreach (var command in sent.Distinct().Where(command => command is not (BeginOrder or AuthorizeCustomer or BeginCancel))) // Those change nothing.
            {
                yield return ($"late {command.GetType().Name}", () => CarryOutLate(command));
            }
        }

        if (left.Asks > 0 && order is { Status: OrderStatus.Pending or OrderStatus.Approved, CancelRequest: null or { Open: false } })
            yield return ("customer asks to cancel", Ask);

        if (payment == PaymentStatus.Authorized) yield return ("customer deletes the payment", () => payment = PaymentStatus.Released);
        if (list == ShoppingListStatus.Assigned && left.TakeBacks > 0) yield return ("bot dies", TakeBack);
    }

    /// <summary>Section 6, rules 2 and 3, and that every request was answered.</summary>
    string? Wrong() => order switch
    {
        { Status: OrderStatus.Pending } => "pending for ever",
        { CancelRequest.Open: true } => "a request was never answered",
        { Status: OrderStatus.Rejected or OrderStatus.Canceled } when payment == PaymentStatus.Confirmed => "ended with a bound hold",
        { Status: OrderStatus.Rejected or OrderStatus.Canceled } when list is ShoppingListStatus.Pending or ShoppingListStatus.Available or ShoppingListStatus.Assigned => "ended with a live list",
        { Status: OrderStatus.Approved } => "approved, and nothing happens any more",
        { Status: OrderStatus.InProgress or OrderStatus.Ready } when payment != PaymentStatus.Confirmed => "goes on without a payment",
        { Status: OrderStatus.InProgress or OrderStatus.Ready } when list is null or ShoppingListStatus.Canceled => "goes on without a list",
        _ => null,
    };

    void Start(Run run)
    {
        run.Context = new SimulatedContext(run.Name, run.Id, () => now);
        runs.Add(run);
        run.Begin(run.Name == nameof(CreateOrder)
            ? new RunInput<OrderToCreate>("o-1", new OrderToCreate("o-1", "ann", "p-1", order.Total, []), Impatient)
            : new RunInput<OrderToCancel>("o-1", new OrderToCancel("o-1", run.Request, "ann", "p-1"), Impatient));
    }

    void Continue(Run run, object input)
    {
        runs.Remove(run);
        var next = new Run(run.Id, run.Name, run.Request) { Context = new SimulatedContext(run.Name, run.Id, () => now) };
        runs.Add(next);
        next.Begin(input);
    }

    void StartAgain(Run run, object lastCommand)
    {
        left.Reruns--;
        sent.Add(lastCommand); // It may have left, and arrive late.
        runs.Remove(run);
        Start(new Run(run.Id, run.Name, run.Request));
    }

    /// <summary>The sweep's restart: its command is still under way, and everything may happen before the instance is scheduled again.</summary>
    void Purge(Run run, object lastCommand)
    {
        left.Restarts--;
        left.Late++; // The old execution's command may arrive as well as all others that do.
        sent.Add(lastCommand);
        runs.Remove(run);
        purged.Add(run);
    }

    void ScheduleAgain(Run run)
    {
        purged.Remove(run);
        Start(new Run(run.Id, run.Name, run.Request));
    }

    void CarryOutLate(object command)
    {
        left.Late--;
        CarryOut(command);
    }

    void CarryOutAndFault(Run run, object command)
    {
        CarryOut(command);
        Fault(run);
    }

    void Ask()
    {
        left.Asks--;
        Decide(order.AskToCancel("Sorry"));
        events.Add(order.CancelRequest!.During == CancelDuring.Approval ? "hint" : $"cancel {order.CancelRequest.Request}");
    }

    void TakeBack()
    {
        left.TakeBacks--;
        list = ShoppingListStatus.Available;
    }

    void Fault(Run run)
    {
        left.Faults--;
        sent.Add(run.Context.Command!.Value.Command.Body);
        run.Context.Reply(new Sent(null, "No answer."));
    }

    /// <summary>Events carry the order's state; a hint reaches whoever listens, or nobody.</summary>
    void Deliver(string happened)
    {
        events.Remove(happened);
        switch (happened)
        {
            case "assigned": Decide(order.SeeShopping()); break;
            case "completed": Decide(order.SeeShoppingCompleted(OrderStories.Picked(("tea", 1)))); break;
            case "nothing": Decide(order.SeeShoppingCompleted(ImmutableDictionary<string, int>.Empty)); break;
            case "ended": Release(); break;
            case "hint": runs.Find(run => run.Name == nameof(CreateOrder))?.Context.Raise("cancel-requested"); break;
            default:
                var request = long.Parse(happened.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
                Start(new Run($"cancel-o-1-{request}", nameof(CancelWorkflow), request));
                break;
        }
    }

    void Shop(ShoppingListStatus to, string happened)
    {
        (list, botHadIt) = (to, true);
        events.Add(happened);
    }

    CommandAnswer CarryOut(object command)
    {
        sent.Add(command);
        return command switch
        {
            BeginOrder => new CommandAnswer(order.Begin()),
            AuthorizeCustomer => random.Next(5) == 0 ? CommandAnswer.Refused("customer-disabled", "No.") : CommandAnswer.Approved,
            CreateShoppingList => CreateList(),
            ConfirmPayment => Confirm(),
            ApproveOrder ask => Decide(order.Approve(ask.ShoppingListId)),
            InitiateShopping => Initiate(),
            RejectOrder ask => Decide(order.Reject(ask.Code, ask.Text)),
            Contracts.CancelOrder ask => Decide(ask.Request is { } request ? order.CancelAfterApproval(request) : order.CancelBeforeApproval()),
            ReleasePayment => Release(),
            CancelShoppingList ask => CancelList(ask),
            BeginCancel ask => new CommandAnswer(order.BeginCancel(ask.Request)),
            RefuseCancel ask => Decide(order.RefuseCancel(ask.Request, ask.Code)),
            _ => throw new InvalidOperationException($"Nobody knows {command}."),
        };
    }

    CommandAnswer CreateList()
    {
        if (list == ShoppingListStatus.Canceled) return CommandAnswer.Refused("shopping-list-canceled", "It is canceled.");
        if (list is null && random.Next(5) == 0) return CommandAnswer.Refused("product-unavailable", "Gone.");
        list ??= ShoppingListStatus.Pending;
        return CommandAnswer.Approved;
    }

    CommandAnswer Confirm()
    {
        if (payment == PaymentStatus.Confirmed) return CommandAnswer.Approved;
        if (payment == PaymentStatus.Released || neverForThisOrder) return CommandAnswer.Refused("payment-released", "It was given back.");
        payment = PaymentStatus.Confirmed;
        return CommandAnswer.Approved;
    }

    CommandAnswer Release()
    {
        (payment, neverForThisOrder) = (PaymentStatus.Released, true);
        return CommandAnswer.Approved;
    }

    CommandAnswer Initiate()
    {
        if (list == ShoppingListStatus.Pending) list = ShoppingListStatus.Available;
        return list is null or ShoppingListStatus.Canceled ? CommandAnswer.Refused("shopping-list-canceled", "It is canceled.") : CommandAnswer.Approved;
    }

    CommandAnswer CancelList(CancelShoppingList ask)
    {
        if (list != ShoppingListStatus.Canceled && botHadIt)
        {
            if (ask.WorkflowId == "o-1") throw new InvalidOperationException($"An undo was refused: {Story}");
            return CommandAnswer.Refused("shopping-already-started", "A bot has begun.");
        }

        list = ShoppingListStatus.Canceled;
        return CommandAnswer.Approved;
    }

    CommandAnswer Decide(Decision decision)
    {
        var before = order.Status;
        foreach (var happened in decision.Events) order = Order.Evolve(order, new Happened(happened, ++version, now));
        if (before != order.Status && order.Status is OrderStatus.Rejected or OrderStatus.Canceled) events.Add("ended");
        return decision.Refusal is { } refusal ? CommandAnswer.Refused(refusal.Code, refusal.Text) : CommandAnswer.Approved;
    }

    static Patience Impatient => new() { AttemptsPerStretch = 2, AttentionAfter = TimeSpan.FromSeconds(3) };

    /// <summary>An instance of a workflow.</summary>
    sealed record Run(string Id, string Name, long Request)
    {
        public SimulatedContext Context { get; set; } = null!;

        public Task<string> Result { get; private set; } = null!;

        public void Begin(object input) => Result = input switch
        {
            RunInput<OrderToCreate> create => new CreateOrder().RunAsync(Context, create),
            RunInput<OrderToCancel> cancel => new CancelWorkflow().RunAsync(Context, cancel),
            _ => throw new InvalidOperationException($"Nobody starts with {input}."),
        };
    }
}
