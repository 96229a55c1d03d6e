using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.CrashHost;
using MallBots.Local;
using MallBots.Local.Audit;
using MallBots.TestKit;

namespace MallBots.Mall.Tests.Crash;

/// <summary>
/// The whole mall as a child process that ends itself at one crash point after the other, and is started again at once on the same folder and ports:
/// one long life of one mall, in many processes.
/// </summary>
sealed class CrashingMall : IAsyncDisposable
{
    readonly CrashOrder order;
    readonly DirectoryInfo folder;
    readonly Task lives;
    Process? process;
    string lastWords = "";
    volatile bool over;

    CrashingMall(DirectoryInfo folder, CrashOrder order)
    {
        (this.folder, this.order) = (folder, order);
        lives = Live();
        Gateway = Inside(Apps.Gateway);
    }

    /// <summary>Drives the mall as a kiosk does that repeats what was broken off until it is answered.</summary>
    public MallDriver Gateway { get; }

    /// <summary>Whatever is waited for may have all crashes before it: there are some 600 points.</summary>
    TimeSpan Patience => TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(15) * (600 / order.Every);

    /// <summary>How many processes there were.</summary>
    public int Lives { get; private set; }

    /// <summary>The points met so far.</summary>
    public IReadOnlyList<CrashPoint> Points => CrashPoint.Read(order.PointsFile);

    /// <summary>At how many of them a process ended.</summary>
    public int Crashes => Points.Count(point => point.Died);

    /// <summary>How many POSTs to each path were answered, whatever the answer; a repetition is the same one.</summary>
    public ConcurrentDictionary<string, int> Posts { get; } = new();

    /// <summary>True once a life has begun and said what there is to be met.</summary>
    public bool HasBegun => File.Exists(order.OperationsFile);

    /// <summary>Everything that the mall does when it is asked to or told of an event, as the services have registered it.</summary>
    public IReadOnlyList<Operation> Operations => JsonSerializer.Deserialize<List<Operation>>(File.ReadAllText(order.OperationsFile))!;

    /// <summary>The present life, for the auditor.</summary>
    public MallAccess Access => MallAccess.Of(order.Folder);

    /// <param name="every">Ends at one in so many points.</param>
    /// <param name="first">Which one is the first.</param>
    /// <param name="only">Ends only at points whose names contain this.</param>
    /// <param name="settings">Configuration of all services.</param>
    public static CrashingMall Start(int every, int first, string? only, IReadOnlyDictionary<string, string?> settings)
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-crash-");
        return new CrashingMall(folder, new CrashOrder(folder.FullName, MallProcess.FreeOffset(), every, first, only, settings));
    }

    public Uri AddressOf(string app) => new($"http://127.0.0.1:{Apps.Ports[app] + order.PortOffset}");

    /// <summary>Drives a service itself, also its internal routes.</summary>
    public MallDriver Inside(string app) => new(WatchedHttp.Client(AddressOf(app), Timeout.InfiniteTimeSpan, new Insistent(this))) { Enough = Patience };

    /// <summary>Until this is disposed, these requests fail as if the service were away.</summary>
    /// <param name="operation">Name of the operation.</param>
    /// <param name="text">What their bodies contain.</param>
    public IDisposable Away(string operation, string text) => new Absence(order.AwayFile, $"{operation}\t{text}");

    /// <summary>What ended it against the plan; null while all is as it should be.</summary>
    public Exception? Fault => lives.Exception;

    async Task Live()
    {
        while (true)
        {
            var crashes = Crashes;
            Lives++;
            process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MallBots.CrashHost.dll"), order.ToArgument()])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Path.GetTempPath(),
            })!;
            var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            if (over)
            {
                lastWords = await said + await complained;
                return;
            }

            if (Crashes == crashes) throw new InvalidOperationException($"The mall ended with {process.ExitCode} at no crash point: {await said}{await complained}");
        }
    }

    /// <summary>Ends it for good.</summary>
    /// <returns>What its last life has logged.</returns>
    public async Task<string> End()
    {
        over = true;
        if (process is { HasExited: false }) process.Kill();
        await lives;
        return lastWords;
    }

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        try
        {
            await End();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Repeats every request until it is answered, a POST with the same Idempotency-Key: what was broken off has an unknown outcome.</summary>
    sealed class Insistent(CrashingMall mall) : DelegatingHandler(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        static readonly TimeSpan EachTime = TimeSpan.FromSeconds(20);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Post && !request.Headers.Contains("Idempotency-Key")) request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
            HttpResponseMessage? answer = null;
            await TestKit.Eventually.True(async () => (answer = await Try(request, cancellationToken)) is not null, mall.Patience, $"{request.Method} {request.RequestUri} is answered");
            if (request.Method == HttpMethod.Post) mall.Posts.AddOrUpdate(request.RequestUri!.AbsolutePath, 1, (_, posts) => posts + 1);
            return answer!;
        }

        async Task<HttpResponseMessage?> Try(HttpRequestMessage request, CancellationToken cancel)
        {
            if (mall.Fault is { } fault) throw new InvalidOperationException("The mall is gone.", fault);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(EachTime);
            using var again = new HttpRequestMessage(request.Method, request.RequestUri);
            foreach (var (name, values) in request.Headers) again.Headers.Add(name, values);
            try
            {
                if (!request.RequestUri!.AbsolutePath.StartsWith("/api/", StringComparison.Ordinal)) again.Headers.Add("dapr-api-token", mall.Access.AppApiToken);
                if (request.Content is { } content) again.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync(cancel)) { Headers = { ContentType = content.Headers.ContentType } };
                var answer = await base.SendAsync(again, limit.Token);
                await answer.Content.LoadIntoBufferAsync(limit.Token);
                // Unavailable, or the token of a life that is over.
                if ((int)answer.StatusCode is not (503 or 401)) return answer;
                answer.Dispose();
            }
            catch (Exception brokenOff) when (brokenOff is HttpRequestException or SocketException or IOException or JsonException or LocalMallException || brokenOff is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                // Killed in the middle of it, or not there yet: once more.
            }

            return null;
        }
    }

    sealed class Absence : IDisposable
    {
        static readonly Lock Gate = new();
        readonly string file, line;

        public Absence(string file, string line)
        {
            (this.file, this.line) = (file, line);
            Write(lines => lines.Append(line));
        }

        public void Dispose() => Write(lines => lines.Where(other => other != line));

        void Write(Func<IEnumerable<string>, IEnumerable<string>> change)
        {
            lock (Gate)
            {
                File.WriteAllLines($"{file}.new", [.. change(File.Exists(file) ? File.ReadAllLines(file) : [])]);
                File.Move($"{file}.new", file, overwrite: true);
            }
        }
    }
}
