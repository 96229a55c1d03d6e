namespace MallBots.Sidecar.PubSub.Brokers;

/// <summary>What a broker keeps: bytes, an envelope as a rule, and the publish metadata that becomes headers of the delivery (fact P1).</summary>
internal sealed record BrokerMessage(byte[] Data, IReadOnlyDictionary<string, string> Metadata);
