using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Outside;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace MallBots.Payments.Provider;

/// <summary>
/// A payment provider over HTTP: <c>POST payments/{id}/authorize | capture | void</c> with <c>{amount, currency}</c> and an <c>Idempotency-Key</c>; answered by 200 or
/// 402 with <c>{"result": "accepted" | "declined"}</c>. Anything else says nothing about the money, and is asked again with the same key: a few times at once
/// (429, 5xx, time-outs, broken connections), then by the journal. Only the provider's own word declines.
/// </summary>
sealed partial class HttpProvider(IHttpClientFactory clients, ISecrets secrets, KitOptions kit, ILogger<HttpProvider> log) : IPaymentProvider
{
    /// <summary>Name of the HTTP client, and of its resilience pipeline.</summary>
    public const string Client = "payment-provider";

    const string ApiKeyName = "payment-provider-api-key";
    string? apiKey;

    /// <summary>Registers the provider with its client: each attempt has a time-out, so has the whole; between attempts it waits longer and longer.</summary>
    public static void Add(IServiceCollection services, PaymentsOptions options) => services
        // What becomes of a call is logged here, once.
        .AddLogging(logging => logging.AddFilter("Polly", LogLevel.None).AddFilter("System.Net.Http.HttpClient", LogLevel.Warning))
        .AddSingleton<IPaymentProvider, HttpProvider>()
        .AddHttpClient(Client, client =>
        {
            client.BaseAddress = new Uri(options.ProviderAddress!.AbsoluteUri.TrimEnd('/') + "/");
            client.Timeout = Timeout.InfiniteTimeSpan; // The pipeline has the time-outs.
        })
        .AddResilienceHandler(Client, pipeline => pipeline
            .AddTimeout(options.ProviderTimeout * 4)
            .AddRetry(new HttpRetryStrategyOptions { MaxRetryAttempts = 3, BackoffType = DelayBackoffType.Exponential, UseJitter = true, Delay = options.ProviderRetryDelay })
            // While the provider is dead, calls fail at once instead of one time-out after another.
            .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions { FailureRatio = 0.5, MinimumThroughput = 20 })
            .AddTimeout(options.ProviderTimeout));

    /// <inheritdoc/>
    public Task<ProviderAnswer> Authorize(string paymentId, decimal amount, string key, CancellationToken cancel) => Ask(paymentId, "authorize", amount, key, cancel);

    /// <inheritdoc/>
    public Task<ProviderAnswer> Capture(string paymentId, decimal amount, string key, CancellationToken cancel) => Ask(paymentId, "capture", amount, key, cancel);

    /// <inheritdoc/>
    public Task<ProviderAnswer> Void(string paymentId, string key, CancellationToken cancel) => Ask(paymentId, "void", null, key, cancel);

    async Task<ProviderAnswer> Ask(string paymentId, string action, decimal? amount, string key, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"payments/{paymentId}/{action}") { Content = JsonContent.Create(new Order(amount, kit.Currency), options: KitJson.Options) };
        request.Headers.Add("Idempotency-Key", key);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey ??= await secrets.Get(ApiKeyName, cancel));
        try
        {
            using var client = clients.CreateClient(Client);
            using var response = await client.SendAsync(request, cancel);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PaymentRequired)
                return await response.Content.ReadFromJsonAsync<Answer>(KitJson.Options, cancel) is { Result: { } result } ? result : throw new JsonException("There is no result.");
            if (response.StatusCode == HttpStatusCode.Unauthorized) apiKey = null; // It may have been changed: ask the secret store again.
            LogUnavailable(log, key, ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture), null);
            return ProviderAnswer.Unavailable;
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException or ExecutionRejectedException or JsonException or NotSupportedException)
        {
            LogUnavailable(log, key, fault.Message, fault);
            return ProviderAnswer.Unavailable;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The payment provider did not answer to {Key}: {Reason}")]
    static partial void LogUnavailable(ILogger log, string key, string reason, Exception? fault);

    sealed record Order(decimal? Amount, string Currency);

    sealed record Answer(ProviderAnswer? Result);
}
