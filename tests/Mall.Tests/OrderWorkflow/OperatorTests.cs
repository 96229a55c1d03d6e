using System.Net.Http.Json;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.OrderWorkflow;

/// <summary>What operators see and decide: needsAttention, retry, give-up, instances that failed.</summary>
public sealed class OperatorTests(WorkflowMall mall) : IClassFixture<WorkflowMall>
{
    readonly string order = WorkflowMall.NewOrder();

    [Fact]
    public async Task A_step_that_fails_for_long_is_listed_first_while_it_goes_on_and_ends_by_itself()
    {
        var well = mall.Payments.FailsUntilWell(order, "confirm-payment");
        await mall.Place(order);
        var waiting = await mall.WaitsForOperator(order);
        Assert.Equal(("confirm-payment", "payments answered 500 to internal/confirm-payment."), (waiting.Step, waiting.Reason));
        foreach (var query in new[] { "", "?status=needsAttention" })
        {
            // A list may lag behind a write for a moment (specification 2).
            await Eventually.True(async () =>
            {
                var list = await (await mall.GetWorkflows(query)).Content.ReadFromJsonAsync<JsonElement>();
                return list.GetProperty("items").EnumerateArray().Any(item => item.GetProperty("orderId").GetString() == order);
            }, what: $"{query} lists {order}");
        }

        well();
        Assert.Equal("approved", (await mall.Ended(order)).Outcome);
        Assert.Equal("workflow-not-waiting", await Code(await mall.Resume(order, "retry", "confirm-payment")));
    }

    [Fact]
    public async Task An_operator_retries()
    {
        var well = mall.Payments.FailsUntilWell(order, "confirm-payment");
        await mall.Place(order);
        await mall.WaitsForOperator(order);
        Assert.Equal("workflow-not-waiting", await Code(await mall.Resume(order, "retry", "authorize-customer")));
        Assert.Equal("nothing-to-give-up", await Code(await mall.Resume(order, "give-up", "confirm-payment")));

        Assert.Equal(200, (int)(await mall.Resume(order, "retry", "confirm-payment", "Once more")).StatusCode);
        await mall.WaitsForOperator(order); // It failed once more, so the call for attention stands.
        Assert.Equal(200, (int)(await mall.Resume(order, "retry", "confirm-payment", "Now")).StatusCode);
        well(); // Not before: a step that goes well by itself leaves nothing to decide.
        var workflow = await mall.Ended(order);
        Assert.Equal("approved", workflow.Outcome);
        Assert.Equal(["Once more", "Now"], workflow.Runs[0].OperatorTexts);
    }

    [Fact]
    public async Task An_operator_gives_an_undo_up_and_the_others_are_done_all_the_same()
    {
        mall.Payments.Refuses(order, "confirm-payment", "payment-declined");
        mall.Payments.FailsUntilWell(order, "release-payment");
        await mall.Place(order);
        var waiting = await mall.WaitsForOperator(order);
        Assert.Equal(("release-payment", true), (waiting.Step, waiting.Runs[0].Undoing));
        Assert.Equal(OrderStatus.Rejected, (await mall.Order(order)).Status);

        Assert.Equal(200, (int)(await mall.Resume(order, "give-up", "release-payment", "Paid back by hand")).StatusCode);
        var workflow = await mall.Ended(order);
        var givenUp = workflow.Steps.Single(step => step.Name == "release-payment");
        Assert.Equal(("givenUp", "Paid back by hand"), (givenUp.Outcome, givenUp.Text));
        Assert.Equal("approved", workflow.Steps.Single(step => step.Name == "cancel-shopping-list").Outcome);
        Assert.Equal("rejected", workflow.Outcome);
    }

    [Fact]
    public async Task An_undo_that_is_refused_waits_for_an_operator()
    {
        mall.Payments.Refuses(order, "confirm-payment", "payment-declined");
        for (var time = 0; time < 100; time++) mall.Depot.Refuses(order, "cancel-shopping-list", "shopping-already-started");
        await mall.Place(order);
        Assert.Equal("cancel-shopping-list", (await mall.WaitsForOperator(order)).Step);
        await mall.Resume(order, "give-up", "cancel-shopping-list");
        Assert.Equal("givenUp", (await mall.Ended(order)).Steps[^1].Outcome);
    }

    [Fact]
    public async Task An_instance_that_is_lost_is_found_by_the_sweep_and_started_again_by_retry()
    {
        var (asked, letGo) = mall.Customers.Holds(order, "authorize-customer");
        await mall.Place(order);
        await asked;
        await mall.Runtime.TerminateWorkflowAsync(order);
        var waiting = await mall.WaitsForOperator(order);
        Assert.Equal("The instance was terminated.", waiting.Reason);
        letGo();

        Assert.Equal(200, (int)(await mall.Resume(order, "retry", waiting.Step ?? "")).StatusCode);
        Assert.Equal("approved", (await mall.Ended(order)).Outcome);
        Assert.Equal(OrderStatus.Approved, (await mall.Order(order)).Status);
    }

    [Theory]
    [InlineData("GET", "/nobody", "", 404, "order-workflow-unknown")]
    [InlineData("GET", "/no.id", "", 404, "order-unknown")]
    [InlineData("GET", "?status=odd", "", 400, "invalid-request")]
    [InlineData("GET", "?limit=0", "", 400, "invalid-request")]
    [InlineData("GET", "?cursor=x", "", 400, "invalid-request")]
    [InlineData("GET", "?cursor=attention.x", "", 400, "invalid-request")]
    [InlineData("POST", "/nobody/resume", "{\"decision\":\"retry\",\"step\":\"x\",\"text\":\"y\"}", 404, "order-workflow-unknown")]
    [InlineData("POST", "/nobody/resume", "{\"decision\":\"shrug\",\"step\":\"x\",\"text\":\"y\"}", 400, "invalid-request")]
    [InlineData("POST", "/nobody/resume", "{\"decision\":\"retry\"}", 400, "invalid-request")]
    [InlineData("POST", "/nobody/resume", "", 400, "invalid-request")]
    public async Task Bad_input_is_answered_by_a_problem_document(string method, string path, string body, int status, string code)
    {
        var answer = method == "GET" ? await mall.GetWorkflows(path) : await mall.PostWorkflows(path, body);
        Assert.Equal((status, code), ((int)answer.StatusCode, await Code(answer)));
    }

    [Fact]
    public async Task The_OpenAPI_document_tells_what_an_operator_may_be_refused()
    {
        var document = await (await mall.GetWorkflows("/../../openapi/v1.json")).Content.ReadFromJsonAsync<JsonElement>();
        var resume = document.GetProperty("paths").GetProperty("/api/order-workflows/{orderId}/resume").GetProperty("post").GetProperty("responses");
        Assert.Contains("nothing-to-give-up", resume.GetProperty("409").GetProperty("description").GetString());
        Assert.Contains("workflow-not-waiting", resume.GetProperty("409").GetProperty("description").GetString());
    }

    static async Task<string?> Code(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString()?.Replace("urn:mallbots:problem:", "", StringComparison.Ordinal);
}
