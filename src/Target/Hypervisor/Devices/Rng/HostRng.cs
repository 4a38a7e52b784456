using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Rng;

/// <summary>The entropy source (hw/virtio/virtio-rng.c), with a pattern for entropy.</summary>
/// <remarks>
/// Buffers are measured first and filled later, by a host context, as QEMU's built-in backend does. A request survives a
/// reset of the device: it then fills whatever buffers are there by that time.
/// </remarks>
public sealed class HostRng : VirtioHostDevice
{
    private const int QueueSize = 8;
    private const int ChunkSize = 64;
    private readonly Queue<ulong> requests = new();
    private readonly Func<SimTask> serve;
    private bool serverQueued;
    private uint produced;

    internal HostRng(World world, GuestMemory memory) : base(world, memory) => serve = Serve;

    /// <inheritdoc/>
    public override byte DeviceId => 4;

    /// <inheritdoc/>
    public override string ContextName => "host/rng";

    private HostVirtqueue Input => Queue(0)!;

    private bool IsGuestReady => QueueCount > 0 && Input.IsReady && (Status & VirtioStatus.DriverOk) != 0;

    /// <summary>Byte number <paramref name="index"/> that the device produces since it was plugged.</summary>
    public static byte Pattern(uint index) => (byte)((index * 151) + 37);

    /// <inheritdoc/>
    internal override void Complete(BackEndResult result)
    {
        base.Complete(result);
        Deliver();
    }

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        AddQueue(QueueSize);
        SetConfigLength(0);
        requests.Clear();
        serverQueued = false;
        produced = 0;
    }

    /// <inheritdoc/>
    protected override void OnUnrealize() => requests.Clear();

    /// <summary>Models virtio_rng_set_status().</summary>
    protected override void OnStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_rng_set_status");
        Status = value;
        if (!IsStalled) Process();
    }

    /// <summary>Models handle_input().</summary>
    protected override void OnOutput(HostVirtqueue queue)
    {
        using var _ = World.Enter("handle_input");
        Process();
    }

    /// <summary>Models virtio_rng_process(): asks the back end for as many bytes as there is room for.</summary>
    private void Process()
    {
        using var _ = World.Enter("virtio_rng_process");
        if (!IsGuestReady) return;
        var wanted = Input.AvailableBytes(uint.MaxValue, 0).In;
        if (wanted == 0) return;
        requests.Enqueue(wanted);
        if (serverQueued) return;
        serverQueued = true;
        World.Scheduler.Spawn(ContextKind.Host, ContextName, serve);
    }

    /// <summary>Models rng_builtin_receive_entropy_bh(): the back end serves the requests that wait.</summary>
    private SimTask Serve()
    {
        using var _ = World.Enter("rng_builtin_receive_entropy_bh");
        serverQueued = false;
        if (!IsStalled) Deliver();
        return SimTask.Done;
    }

    private void Deliver()
    {
        while (requests.TryDequeue(out var size)) Fill(size);
    }

    /// <summary>Models chr_read(): the bytes are here: fills the buffers that the guest left.</summary>
    private void Fill(ulong size)
    {
        using var _ = World.Enter("chr_read");
        if (!IsGuestReady) return;
        var left = size;
        while (left > 0 && Input.Pop() is { } buffer)
        {
            var length = Math.Min(left, buffer.WritableSize);
            Fill(buffer, length);
            left -= length;
            Input.Push(buffer, (uint)length);
        }
        Input.NotifyGuest();
        if (!Input.IsEmpty) Process();
    }

    private void Fill(VirtqueueElement buffer, ulong length)
    {
        Span<byte> chunk = stackalloc byte[ChunkSize];
        for (ulong offset = 0; offset < length; offset += ChunkSize)
        {
            var part = chunk[..(int)Math.Min(ChunkSize, length - offset)];
            foreach (ref var value in part) value = Pattern(produced++);
            buffer.Write(offset, part);
        }
    }
}
