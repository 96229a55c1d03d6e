using System.Net.Http.Headers;
using System.Text.Json;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.PubSub.Delivery;

/// <summary>Asks an app what it subscribes to, with the two calls that daprd makes at start (fact P10).</summary>
internal sealed class SubscriptionDiscovery(TimeProvider clock, ILogger log)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Asks until the app answers.</summary>
    public async Task<IReadOnlyList<Subscription>> AskAsync(AppSidecar app, CancellationToken cancel)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                // Its answer holds settings of actors, which this sidecar does not have; the call is made because apps may wait for it.
                (await GetAsync(app, "/dapr/config", cancel)).Dispose();
                using var answer = await GetAsync(app, "/dapr/subscribe", cancel);
                if (answer.IsSuccessStatusCode) return Read(app, await answer.Content.ReadAsByteArrayAsync(cancel));
                if ((int)answer.StatusCode < StatusCodes.Status500InternalServerError) return NoSubscriptions(app, (int)answer.StatusCode);
                log.LogWarning("{App} answered {Status} to GET /dapr/subscribe; it is asked again", app.AppId, (int)answer.StatusCode);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                log.LogDebug(fault, "{App} does not answer to GET /dapr/subscribe yet", app.AppId);
            }

            await Task.Delay(pause, clock, cancel);
        }
    }

    IReadOnlyList<Subscription> Read(AppSidecar app, byte[] answer)
    {
        if (answer.Length == 0) return [];
        try
        {
            var (subscriptions, refusals) = SubscriptionReader.Read(answer);
            foreach (var refusal in refusals) log.LogError("{App}: {Refusal}", app.AppId, refusal);
            return subscriptions;
        }
        catch (JsonException malformed)
        {
            log.LogError("{App} answered to GET /dapr/subscribe what is no list of subscriptions: {Problem}", app.AppId, malformed.Message);
            return [];
        }
    }

    IReadOnlyList<Subscription> NoSubscriptions(AppSidecar app, int status)
    {
        // An app without subscriptions has no such route; any other refusal is a mistake, a missing token as a rule (fact I3).
        log.Log(
            status == StatusCodes.Status404NotFound ? LogLevel.Information : LogLevel.Error,
            "{App} has no subscriptions: it answered {Status} to GET /dapr/subscribe", app.AppId, status);
        return [];
    }

    static async Task<HttpResponseMessage> GetAsync(AppSidecar app, string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, app.AppBaseAddress + path) { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("dapr-app-id", app.AppId);
        return await app.SendToAppAsync(request, cancel);
    }
}
