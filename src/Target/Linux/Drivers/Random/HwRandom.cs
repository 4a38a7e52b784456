using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Random;

/// <summary>The core of hardware random generators (drivers/char/hw_random/core.c): one current generator, one thread.</summary>
/// <param name="kernel">The guest.</param>
public sealed partial class HwRandom(GuestKernel kernel)
{
    /// <summary>Bytes of the buffers: a cache line of s390 (RNG_BUFFER_SIZE).</summary>
    public const int BufferSize = 256;

    private const int RetryDelay = 10_000;
    private readonly Mutex rngMutex = new(kernel.World, "rng_mutex");
    private readonly Mutex readingMutex = new(kernel.World, "reading_mutex");
    private readonly List<Ptr<Hwrng>> registered = [];
    private readonly byte[] readBuffer = new byte[BufferSize];
    private readonly byte[] fillBuffer = new byte[BufferSize];
    private Ptr<Hwrng> current;
    private KernelThread? fill;
    private int dataAvailable;

    /// <summary>Models hwrng_register(): the first generator, or one of better quality, becomes the current one.</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> Register(Ptr<Hwrng> rng)
    {
        using var frame = kernel.Enter("hwrng_register");
        await rngMutex.Lock();
        registered.Add(rng);
        rng.Write().CleanupWork = new SystemWork(kernel.World, "cleanup_rng_work", () => CleanupWork(rng));
        rng.Write().CleanupDone.Complete();
        var isCurrent = current.IsNull || rng.Read().Quality > current.Read().Quality;
        if (isCurrent)
        {
            await SetCurrent(rng);
            rng.Write().RefCount++;
        }
        rngMutex.Unlock();
        await kernel.Point;
        await AddEarlyRandomness(rng);
        if (isCurrent) Put(rng);
        return 0;
    }

    /// <summary>Models hwrng_unregister(): switches to another generator, and waits until nobody uses this one.</summary>
    public async SimTask Unregister(Ptr<Hwrng> rng)
    {
        using var frame = kernel.Enter("hwrng_unregister");
        await rngMutex.Lock();
        var old = current;
        registered.Remove(rng);
        rng.Write().Dying.CompleteAll();
        await kernel.Point;
        if (current == rng) await EnableBest();
        var now = Current();
        rngMutex.Unlock();
        await kernel.Point;
        if (!now.IsNull)
        {
            if (old != now) await AddEarlyRandomness(now);
            Put(now);
        }
        await rng.Read().CleanupDone.Wait();
    }

    /// <summary>Models get_current_rng() within its caller: the current generator with a reference, or NULL.</summary>
    internal Ptr<Hwrng> Current()
    {
        if (!current.IsNull) current.Write().RefCount++;
        return current;
    }

    /// <summary>Models put_rng() within its caller: the last user schedules the cleanup.</summary>
    internal void Put(Ptr<Hwrng> rng)
    {
        var target = rng.Write();
        if (--target.RefCount == 0) target.CleanupWork!.Schedule();
    }

    private async SimTask CleanupWork(Ptr<Hwrng> rng)
    {
        await rngMutex.Lock();
        if (rng.Read().RefCount == 0)
        {
            rng.Read().Cleanup();
            rng.Read().CleanupDone.Complete();
        }
        rngMutex.Unlock();
    }

    /// <summary>Models set_current_rng() with hwrng_init(), rng_mutex held.</summary>
    private async SimTask SetCurrent(Ptr<Hwrng> rng)
    {
        using var frame = kernel.Enter("set_current_rng");
        if (rng.Read().RefCount > 0)
        {
            rng.Write().RefCount++;
        }
        else
        {
            rng.Write().RefCount = 1;
            rng.Write().CleanupDone.Reinit();
        }
        var old = current;
        current = rng;
        await kernel.Point; // synchronize_rcu()
        if (!old.IsNull) Put(old);
        fill ??= KernelThread.Run(kernel.World, "hwrng", Fill);
    }

    /// <summary>Models drop_current_rng(), rng_mutex held: stops the thread, which may still read from the generator.</summary>
    private async SimTask DropCurrent()
    {
        using var frame = kernel.Enter("drop_current_rng");
        var rng = current;
        if (rng.IsNull) return;
        current = Ptr<Hwrng>.Null;
        await kernel.Point; // synchronize_rcu()
        if (fill is { } thread)
        {
            await thread.Stop();
            fill = null;
        }
        Put(rng);
    }

    /// <summary>Models enable_best_rng(), rng_mutex held.</summary>
    private async SimTask EnableBest()
    {
        using var frame = kernel.Enter("enable_best_rng");
        if (registered.Count == 0)
        {
            await DropCurrent();
            return;
        }
        var best = registered[0];
        foreach (var rng in registered)
            if (rng.Read().Quality > best.Read().Quality) best = rng;
        if (best != current) await SetCurrent(best);
    }

    /// <summary>Models add_early_randomness(): reads some bytes from a new generator, without waiting.</summary>
    private async SimTask AddEarlyRandomness(Ptr<Hwrng> rng)
    {
        using var frame = kernel.Enter("add_early_randomness");
        await readingMutex.Lock();
        await rng.Read().Read(fillBuffer, 32, wait: false);
        readingMutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models hwrng_fillfn(): fills the kernel's pool.</summary>
    /// <remarks>The pool is full after one read; the next would come a minute later, which the model leaves out.</remarks>
    private async SimTask Fill(KernelThread thread)
    {
        using var frame = kernel.Enter("hwrng_fillfn");
        while (!thread.ShouldStop)
        {
            var rng = Current();
            if (rng.IsNull)
            {
                await SleepUntilStopped(thread);
                break;
            }
            await readingMutex.Lock();
            var result = await rng.Read().Read(fillBuffer, BufferSize, wait: true);
            readingMutex.Unlock();
            await kernel.Point;
            if (result <= 0) await rng.Read().Dying.Wait(RetryDelay);
            Put(rng);
            if (result > 0) await SleepOnce(thread);
        }
    }

    private static async SimTask SleepUntilStopped(KernelThread thread)
    {
        while (true)
        {
            var ticket = thread.Prepare();
            if (thread.ShouldStop) return;
            await thread.Sleep(ticket);
        }
    }

    /// <summary>Models the throttling of add_hwgenerator_randomness() within its caller: any wake-up ends it.</summary>
    private static async SimTask SleepOnce(KernelThread thread)
    {
        var ticket = thread.Prepare();
        if (!thread.ShouldStop) await thread.Sleep(ticket);
    }
}
