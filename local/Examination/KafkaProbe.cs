using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using MallBots.Sidecar.Components;

namespace MallBots.Local.Examination;

/// <summary>Asks the brokers of a Kafka component which versions of the protocol they know: what every client asks first, without authentication.</summary>
static class KafkaProbe
{
    const string Subject = "Kafka";
    const short ApiVersions = 18;
    const int LargestAnswer = 1 << 20;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<Finding> Ask(Component component, CancellationToken cancel)
    {
        var brokers = (component.Setting("brokers") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var isPlain = string.Equals(component.Setting("disableTls"), "true", StringComparison.OrdinalIgnoreCase);
        List<string> silent = [];
        foreach (var broker in brokers)
        {
            var colon = broker.LastIndexOf(':');
            var host = colon < 0 ? broker : broker[..colon];
            if (!int.TryParse(colon < 0 ? "9092" : broker[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                return new(Verdict.Problem, Subject, $"'{broker}' is no host:port", $"correct brokers ({component.Source})");
            using var connection = await Tcp.Connect(host, port, cancel);
            if (connection is null) silent.Add($"nobody listens at {broker}");
            else if (isPlain && !await AnswersAsKafka(connection.GetStream(), cancel)) silent.Add($"what listens at {broker} does not answer as Kafka does");
            else return new(Verdict.Fine, Subject, isPlain ? $"{broker} answers" : $"{broker} listens (TLS: not asked further)");
        }

        // One broker that answers tells a client of the others.
        return new(Verdict.Problem, Subject, brokers.Length == 0 ? "no brokers are named" : string.Join("; ", silent), $"start it, or correct brokers ({component.Source})");
    }

    static async Task<bool> AnswersAsKafka(Stream stream, CancellationToken cancel)
    {
        var client = Encoding.ASCII.GetBytes("mallbots-doctor");
        var request = new byte[4 + 2 + 2 + 4 + 2 + client.Length];
        const int correlation = 0x6d616c6c;
        BinaryPrimitives.WriteInt32BigEndian(request, request.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(request.AsSpan(4), ApiVersions);
        BinaryPrimitives.WriteInt16BigEndian(request.AsSpan(6), 0); // Version 0, which every broker answers.
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(8), correlation);
        BinaryPrimitives.WriteInt16BigEndian(request.AsSpan(12), (short)client.Length);
        client.CopyTo(request, 14);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            await stream.WriteAsync(request, limit.Token);
            var head = new byte[10]; // Length, correlation, error code.
            await stream.ReadExactlyAsync(head, limit.Token);
            return BinaryPrimitives.ReadInt32BigEndian(head) is > 6 and < LargestAnswer
                && BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)) == correlation
                && BinaryPrimitives.ReadInt16BigEndian(head.AsSpan(8)) == 0;
        }
        catch (Exception other) when (other is IOException || (other is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }
}
