using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>The engine framework (crypto/crypto_engine.c), as far as hardware with retries and without batches uses it.</summary>
/// <remarks>Its queue never fills: it has as many places as the virtqueue, and each process waits for its only request.</remarks>
/// <param name="kernel">The guest.</param>
internal sealed class CryptoEngines(GuestKernel kernel)
{
    private const int StopSteps = 500;
    private const int StopStep = 20;

    /// <summary>Models crypto_engine_alloc_init_and_set(): the engine goes when the driver is unbound, its thread does not.</summary>
    /// <returns>NULL without memory.</returns>
    internal Ptr<CryptoEngine> AllocInitAndSet(Ptr<Device> dev)
    {
        using var frame = kernel.Enter("crypto_engine_alloc_init_and_set");
        var engine = kernel.Allocate(new CryptoEngine(kernel.World));
        if (engine.IsNull) return engine;
        (dev.Write().Managed ??= new()).Push(() => Release(engine));
        var worker = kernel.Allocate(new KthreadWorker(kernel.World, dev.Read().Name + "-engine"));
        if (worker.IsNull)
        {
            kernel.Log("failed to create crypto request pump task");
            return Ptr<CryptoEngine>.Null;
        }
        worker.Read().Start();
        engine.Write().Kworker = worker;
        engine.Write().PumpRequests = new KthreadWork("crypto_pump_work", () => PumpRequests(engine));
        return engine;
    }

    /// <summary>Models crypto_engine_start().</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> Start(Ptr<CryptoEngine> engine)
    {
        using var frame = kernel.Enter("crypto_engine_start");
        await engine.Read().QueueLock.LockIrqSave();
        var isUsed = engine.Read().Running || engine.Read().Busy;
        if (!isUsed) engine.Write().Running = true;
        await engine.Read().QueueLock.UnlockIrqRestore();
        if (isUsed) return -Errno.EBUSY;
        QueuePump(engine);
        return 0;
    }

    /// <summary>Models crypto_engine_exit(): an engine that does not become idle keeps its thread.</summary>
    internal async SimTask Exit(Ptr<CryptoEngine> engine)
    {
        using var frame = kernel.Enter("crypto_engine_exit");
        if (await Stop(engine) != 0) return;
        var worker = engine.Read().Kworker;
        await worker.Read().Destroy();
        kernel.Heap.Free(worker);
    }

    /// <summary>Models crypto_transfer_request(): the pump is queued only if nothing is at the hardware.</summary>
    /// <returns>-EINPROGRESS, or -ESHUTDOWN.</returns>
    internal async SimTask<int> TransferRequest(Ptr<CryptoEngine> engine, Ptr<SkcipherRequest> req)
    {
        using var frame = kernel.Enter("crypto_transfer_request");
        await engine.Read().QueueLock.LockIrqSave();
        var isRunning = engine.Read().Running;
        if (isRunning)
        {
            engine.Write().Queue.AddLast(req);
            if (!engine.Read().Busy) QueuePump(engine);
        }
        await engine.Read().QueueLock.UnlockIrqRestore();
        return isRunning ? -Errno.EINPROGRESS : -VirtioCryptoAbi.ESHUTDOWN;
    }

    /// <summary>Models crypto_finalize_request().</summary>
    internal async SimTask FinalizeRequest(Ptr<CryptoEngine> engine, Ptr<SkcipherRequest> req, int error)
    {
        using var frame = kernel.Enter("crypto_finalize_request");
        req.Read().Complete(error);
        await kernel.Point;
        QueuePump(engine);
    }

    /// <summary>Models crypto_engine_stop(): looks again every 20 ms, for ten seconds.</summary>
    private async SimTask<int> Stop(Ptr<CryptoEngine> engine)
    {
        using var frame = kernel.Enter("crypto_engine_stop");
        await engine.Read().QueueLock.LockIrqSave();
        for (var limit = StopSteps; IsUsed() && limit > 0; limit--)
        {
            await engine.Read().QueueLock.UnlockIrqRestore();
            await new Completion(kernel.World, "for the engine to become idle (msleep)").Wait(StopStep);
            await engine.Read().QueueLock.LockIrqSave();
        }
        var result = IsUsed() ? -Errno.EBUSY : 0;
        if (result == 0) engine.Write().Running = false;
        await engine.Read().QueueLock.UnlockIrqRestore();
        if (result != 0) kernel.Log("could not stop engine");
        return result;

        bool IsUsed() => engine.Read().Queue.Count != 0 || engine.Read().Busy;
    }

    /// <summary>Models crypto_pump_requests(), which only its thread calls.</summary>
    private async SimTask PumpRequests(Ptr<CryptoEngine> engine)
    {
        using var frame = kernel.Enter("crypto_pump_requests");
        await engine.Read().QueueLock.LockIrqSave();
        if (engine.Read().Queue.Count == 0 || !engine.Read().Running)
        {
            engine.Write().Busy = false;
            await engine.Read().QueueLock.UnlockIrqRestore();
            return;
        }
        while (engine.Read().Queue.First is { } first)
        {
            engine.Write().Queue.RemoveFirst();
            engine.Write().Busy = true;
            await engine.Read().QueueLock.UnlockIrqRestore();
            var req = first.Value;
            var result = await req.Read().Tfm.Read().DoOneRequest(req);
            if (result < 0 && result != -Errno.ENOSPC)
            {
                kernel.Log($"Failed to do one request from queue: {result}");
                req.Read().Complete(result);
                if (kernel.Variant.Has(Remedies.PumpAgain)) QueuePump(engine);
            }
            await engine.Read().QueueLock.LockIrqSave();
            if (result != -Errno.ENOSPC) continue;
            engine.Write().Queue.AddFirst(req);
            QueuePump(engine);
            break;
        }
        await engine.Read().QueueLock.UnlockIrqRestore();
    }

    private static void QueuePump(Ptr<CryptoEngine> engine) => engine.Read().Kworker.Write().Enqueue(engine.Read().PumpRequests);

    /// <summary>The structure is freed by the driver core; a thread that was not stopped is left without it.</summary>
    private void Release(Ptr<CryptoEngine> engine) => kernel.Heap.Free(engine);
}
