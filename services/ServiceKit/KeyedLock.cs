namespace MallBots.ServiceKit;

/// <summary>
/// One at a time per key inside this process. Spares the store conflicts between our own requests; correctness rests on ETags alone.
/// </summary>
sealed class KeyedLock
{
    readonly Dictionary<string, (SemaphoreSlim Semaphore, int Users)> held = [];

    public async Task<IDisposable> Enter(string key, CancellationToken cancel)
    {
        SemaphoreSlim semaphore;
        lock (held)
        {
            var (existing, users) = held.GetValueOrDefault(key);
            semaphore = existing ?? new SemaphoreSlim(1, 1);
            held[key] = (semaphore, users + 1);
        }

        try
        {
            await semaphore.WaitAsync(cancel);
        }
        catch
        {
            Leave(key);
            throw;
        }

        return new Holder(this, key, semaphore);
    }

    void Leave(string key)
    {
        lock (held)
        {
            var (semaphore, users) = held[key];
            if (users == 1) held.Remove(key);
            else held[key] = (semaphore, users - 1);
        }
    }

    sealed class Holder(KeyedLock owner, string key, SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose()
        {
            semaphore.Release();
            owner.Leave(key);
        }
    }
}
