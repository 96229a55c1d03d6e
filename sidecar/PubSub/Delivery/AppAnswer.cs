using System.Text.Json;
using MallBots.Sidecar.PubSub.Brokers;

namespace MallBots.Sidecar.PubSub.Delivery;

/// <summary>What an app's answer to a delivery means (fact P2).</summary>
internal static class AppAnswer
{
    static readonly JsonReaderOptions Reading = new() { AllowMultipleValues = true };

    public static DeliveryResult Of(int status, ReadOnlySpan<byte> body)
    {
        if (status is >= 200 and <= 299) return OfSuccess(status, body);
        return status == StatusCodes.Status404NotFound
            ? new DeliveryResult(DeliveryOutcome.Dropped, status, "the app answered 404")
            : new DeliveryResult(DeliveryOutcome.Failed, status, $"the app answered {status}");
    }

    static DeliveryResult OfSuccess(int httpStatus, ReadOnlySpan<byte> body) => StatusIn(body) switch
    {
        null or "" or "SUCCESS" => DeliveryResult.Done,
        "DROP" => new DeliveryResult(DeliveryOutcome.Dropped, httpStatus, "the app answered DROP"),
        "RETRY" => new DeliveryResult(DeliveryOutcome.Failed, httpStatus, "the app answered RETRY"),
        var unknown => new DeliveryResult(DeliveryOutcome.Failed, httpStatus, $"the app answered the unknown status '{unknown}'"),
    };

    /// <summary>The field "status" of a JSON object; null for everything that is none, which counts as success.</summary>
    static string? StatusIn(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return null;
        try
        {
            var reader = new Utf8JsonReader(body, Reading);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            string? status = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isStatus = string.Equals(reader.GetString(), "status", StringComparison.OrdinalIgnoreCase);
                if (!reader.Read()) return null;
                if (!isStatus)
                {
                    reader.Skip();
                    continue;
                }

                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null)) return null;
                status = reader.GetString();
            }

            return status;
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
