using MallBots.TestKit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>Components on a test's own Redis.</summary>
static class RedisYaml
{
    extension(RedisServer redis)
    {
        public string StateYaml => Yaml.Component("statestore", "state.redis", ("redisHost", redis.Host));

        public string PubSubYaml(params (string Name, string Value)[] settings) =>
            Yaml.Component("pubsub", "pubsub.redis", [("redisHost", redis.Host), ("redisPassword", ""), .. settings]);
    }
}
