using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Requests on their way to hardware (struct crypto_engine, include/crypto/engine.h).</summary>
/// <remarks>
/// It supports retries, so that no current request is remembered; only the thread that pumps sees <c>idling</c>.
/// </remarks>
/// <param name="world">Where it lives.</param>
public sealed class CryptoEngine(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct crypto_engine";

    /// <summary>A request was handed on, and the pump has not seen since that there is nothing to do (busy).</summary>
    internal bool Busy { get; set; }

    /// <summary>It takes requests (running).</summary>
    internal bool Running { get; set; }

    /// <summary>Protects all of it (queue_lock).</summary>
    internal SpinLock QueueLock { get; } = new(world, "engine->queue_lock");

    /// <summary>Requests that were not handed on (queue).</summary>
    internal LinkedList<Ptr<SkcipherRequest>> Queue { get; } = [];

    /// <summary>The thread that hands them on (kworker).</summary>
    internal Ptr<KthreadWorker> Kworker { get; set; }

    /// <summary>What it does (pump_requests).</summary>
    internal KthreadWork PumpRequests { get; set; } = null!;
}
