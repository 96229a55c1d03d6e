using MallBots.Bench;

// dotnet run -c Release --project bench -- [mall|sidecar|outbox] [memory|sqlite|redis:HOST:PORT]
var what = args.ElementAtOrDefault(0) ?? "mall";
var engine = args.ElementAtOrDefault(1) ?? "sqlite";
switch (what)
{
    case "mall":
        await MallBenchmark.Run(engine);
        return 0;
    case "sidecar":
        await SidecarBenchmark.Run(engine);
        return 0;
    case "outbox":
        await OutboxBenchmark.Run(engine);
        return 0;
    default:
        await Console.Error.WriteLineAsync($"Unknown benchmark {what}: use mall, sidecar or outbox.");
        return 1;
}
