using MallBots.EndToEnd.Scenarios;

namespace MallBots.Mall.Tests.Scenarios;

// The scenarios once more, on Redis: the engine is the components' affair alone.
public sealed class HappyPathOnRedisTests(RedisMall redis) : HappyPathTests(redis);

public sealed class CustomerOnRedisTests(RedisMall redis) : CustomerTests(redis);

public sealed class PaymentRefusalOnRedisTests(RedisMall redis) : PaymentRefusalTests(redis);

public sealed class BasketOnRedisTests(RedisMall redis) : BasketTests(redis);

public sealed class CancelOnRedisTests(RedisMall redis) : CancelTests(redis);

public sealed class InvoiceOnRedisTests(RedisMall redis) : InvoiceTests(redis);

public sealed class RebrandOnRedisTests(RedisMall redis) : RebrandTests(redis);

public sealed class SearchOnRedisTests(RedisMall redis) : SearchTests(redis);

public sealed class StoreOnRedisTests(RedisMall redis) : StoreTests(redis);

public sealed class ReplicaOnRedisTests(RedisMall redis) : ReplicaTests(redis);
