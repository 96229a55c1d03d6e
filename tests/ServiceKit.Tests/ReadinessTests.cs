using System.Net;
using System.Net.Sockets;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.ServiceKit.Tests.Outbox;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace MallBots.ServiceKit.Tests;

/// <summary>What /readyz says of the kit's own checks and of those that a service adds (specification 2). Of every service: the mall's ReadinessTests.</summary>
public sealed class ReadinessTests
{
    static readonly ServiceDefinition WithState = new(Apps.Customers, service => service.Aggregate<Counter>());
    static readonly ServiceDefinition WithoutState = new(Apps.Gateway, _ => { });

    [Fact]
    public async Task A_service_that_has_what_it_needs_is_ready_and_asks_nobody_whether_it_is_alive()
    {
        await using var service = await Start(WithState, new MemoryStateStore());
        Assert.Equal((HttpStatusCode.OK, """{"status":"ready","reasons":[]}"""), await Ready(service));
        await using var away = await Start(WithState, new HungStore());
        Assert.Equal("""{"status":"alive"}""", await away.Client.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task A_store_that_never_answers_is_given_up_after_two_seconds()
    {
        await using var service = await Start(WithState, new HungStore());
        var begun = TimeProvider.System.GetTimestamp();
        var (status, answer) = await Ready(service);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The state store did not answer within 2 s.", answer);
        // One after another it would take twice as long: the dead letters wait for the store too.
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun).TotalSeconds, 1.9, 20);
    }

    [Fact]
    public async Task Background_work_that_failed_or_ended_is_named_and_the_service_goes_on()
    {
        var failing = new Failing();
        await using var service = await Start(WithState, new MemoryStateStore(), services => services.AddHostedService(_ => failing).AddHostedService<Ending>());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"unavailable","reasons":["Ending has ended."]}"""), await Ready(service));
        failing.Now.SetException(new NotSupportedException("a defect"));
        await Eventually.True(async () => (await Ready(service)).Answer.Contains("Failing has failed: NotSupportedException: a defect Ending has ended.", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/healthz")).StatusCode);
    }

    [Fact]
    public async Task What_a_service_adds_is_unavailable_or_degraded_as_it_says_with_the_worst_first_also_when_it_fails_or_hangs_a_thread()
    {
        var definition = WithState with
        {
            Define = service => service.Aggregate<Counter>().Needs<Away>("butler", HealthStatus.Degraded).Needs<Blocked>("driver").Needs<Broken>("cook", HealthStatus.Degraded),
        };
        await using var service = await Start(definition, new MemoryStateStore());
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"status":"unavailable","reasons":["The driver did not answer within 2 s.","The butler is out.","The check of the cook failed: no salt"]}"""),
            await Ready(service));
    }

    [Fact]
    public async Task A_service_without_a_store_asks_its_sidecar()
    {
        await using var service = await ListeningService.Start(WithoutState, settings: new Dictionary<string, string?> { ["DAPR_HTTP_ENDPOINT"] = "http://127.0.0.1:9" });
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"unavailable","reasons":["The sidecar does not answer."]}"""), await Ready(service));

        using var frozen = new TcpListener(IPAddress.Loopback, 0);
        frozen.Start();
        await using var hung = await ListeningService.Start(WithoutState, settings: new Dictionary<string, string?> { ["DAPR_HTTP_ENDPOINT"] = $"http://{frozen.LocalEndpoint}" });
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"unavailable","reasons":["The sidecar did not answer within 2 s."]}"""), await Ready(hung));
    }

    [Fact]
    public async Task Only_a_GET_asks_for_it()
    {
        await using var service = await Start(WithState, new MemoryStateStore());
        using var posted = await service.Client.PostAsync("/readyz", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.Equal("application/json", (await service.Client.GetAsync("/readyz", TestContext.Current.CancellationToken)).Content.Headers.ContentType?.MediaType);
    }

    static async Task<(HttpStatusCode Status, string Answer)> Ready(ListeningService service)
    {
        using var answer = await service.Client.GetAsync("/readyz", TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    static Task<ListeningService> Start(ServiceDefinition definition, IStateStore store, Action<IServiceCollection>? configure = null) => ListeningService.Start(
        definition,
        services =>
        {
            services.AddSingleton(store).AddSingleton<IBroker>(new TestBroker());
            configure?.Invoke(services);
        },
        new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" });

    sealed class HungStore : MemoryStateStore
    {
        public override async Task<StoredValue?> Get(string key, CancellationToken cancel)
        {
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            return null;
        }

        public override Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyDictionary<string, StoredValue>>(new Dictionary<string, StoredValue>());
    }

    sealed class Failing : BackgroundService
    {
        public TaskCompletionSource Now { get; } = new();

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Now.Task.WaitAsync(stoppingToken);
    }

    sealed class Ending : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }

    sealed class Away : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => throw new UnavailableException("The butler is out.");
    }

    sealed class Broken : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => throw new InvalidDataException("no salt");
    }

    sealed class Blocked : IHealthCheck
    {
        static readonly TaskCompletionSource<HealthCheckResult> Never = new();

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            using var turn = new ManualResetEventSlim();
            turn.Wait(TimeSpan.FromSeconds(5), CancellationToken.None); // As SQLite waits for a lock.
            return Never.Task;
        }
    }
}
