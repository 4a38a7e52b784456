using Xunit;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>A virtio device on a fake transport; its structure is freed by its release.</summary>
internal sealed class FakeDevice(GuestKernel kernel) : VirtioDevice(kernel.World)
{
    public override string TypeName => "struct fake_virtio_device";

    public Ptr<VirtioDevice> Self { get; set; }

    public bool WasReleased { get; private set; }

    public override SimTask Release()
    {
        WasReleased = true;
        kernel.Heap.Free(Self);
        return SimTask.Done;
    }
}

/// <summary>A transport without a channel subsystem: it calls the back end directly, and logs what virtio-ccw would issue.</summary>
internal sealed class FakeTransport(GuestKernel kernel, VirtioCore virtio, FakeBackend backend, string busId) : IVirtioConfigOps
{
    private byte status;

    public List<string> Log { get; } = [];

    public List<FakeQueue> Queues { get; } = [];

    public FakeBackend Backend => backend;

    /// <summary>The host is gone: nothing is answered any more.</summary>
    public bool IsLost { get; set; }

    /// <summary>The host takes buffers, and keeps them.</summary>
    public bool Stalls { get; set; }

    /// <summary>Size of every queue.</summary>
    public uint QueueSize { get; set; } = 64;

    /// <summary>Made to fail: nothing is created.</summary>
    public int FindVqsResult { get; set; }

    public byte Status => status;

    public SimTask<ulong> GetFeatures(Ptr<VirtioDevice> vdev)
    {
        Log.Add("READ_FEAT");
        Log.Add("READ_FEAT");
        return backend.Features;
    }

    public SimTask<int> FinalizeFeatures(Ptr<VirtioDevice> vdev)
    {
        VirtioRing.TransportFeatures(vdev);
        Log.Add("WRITE_FEAT");
        Log.Add("WRITE_FEAT");
        return 0;
    }

    public SimTask Get(Ptr<VirtioDevice> vdev, uint offset, byte[] buffer, int length)
    {
        if (IsLost) return SimTask.Done;
        Log.Add("READ_CONF");
        backend.Config.AsSpan((int)offset, length).CopyTo(buffer);
        return SimTask.Done;
    }

    public SimTask Set(Ptr<VirtioDevice> vdev, uint offset, byte[] data, int length)
    {
        if (IsLost) return SimTask.Done;
        Log.Add("WRITE_CONF");
        data.AsSpan(0, length).CopyTo(backend.Config.AsSpan((int)offset));
        return SimTask.Done;
    }

    public async SimTask<byte> GetStatus(Ptr<VirtioDevice> vdev)
    {
        await kernel.Point;
        if (IsLost) return 0;
        Log.Add("READ_STATUS");
        return status;
    }

    public async SimTask SetStatus(Ptr<VirtioDevice> vdev, byte status)
    {
        await kernel.Point;
        if (IsLost) return;
        Log.Add("WRITE_STATUS");
        Log.Add($"<status {status}>");
        this.status = status;
    }

    public async SimTask Reset(Ptr<VirtioDevice> vdev)
    {
        await kernel.Point;
        if (IsLost) return;
        Log.Add("VDEV_RESET");
        Log.Add("<status 0>");
        status = 0;
        Queues.Clear();
    }

    public async SimTask<int> FindVqs(
        Ptr<VirtioDevice> vdev, int count, Ptr<Virtqueue>[] vqs, Func<Ptr<Virtqueue>, SimTask>?[] callbacks, string?[] names)
    {
        if (FindVqsResult != 0) return FindVqsResult;
        var index = 0u;
        for (var i = 0; i < count; i++)
        {
            vqs[i] = Ptr<Virtqueue>.Null;
            if (names[i] is not { } name) continue;
            Log.Add("READ_VQ_CONF");
            vqs[i] = await virtio.Ring.CreateVirtqueue(index++, QueueSize, 4096, vdev, true, Notify, callbacks[i], name);
            if (vqs[i].IsNull)
            {
                await DelVqs(vdev);
                return -Errno.ENOMEM;
            }
            var vq = vqs[i].Read();
            Log.Add("SET_VQ");
            var eventIdx = vdev.Read().HasFeature(VirtioFeature.RingEventIdx);
            Queues.Add(new FakeQueue(kernel.Memory, vqs[i], vq.DescAddress, vq.AvailAddress, vq.UsedAddress, vq.Num, eventIdx));
            await kernel.Point;
        }
        Log.Add("SET_IND_ADAPTER");
        Log.Add("SET_CONF_IND");
        return 0;
    }

    public async SimTask DelVqs(Ptr<VirtioDevice> vdev)
    {
        if (!IsLost && vdev.Read().Vqs.Count > 0) Log.Add("SET_IND_ADAPTER");
        while (vdev.Read().Vqs.Count > 0)
        {
            if (!IsLost) Log.Add("SET_VQ");
            await virtio.Ring.DelVirtqueue(vdev.Read().Vqs[0]);
        }
    }

    public SimTask SynchronizeCbs(Ptr<VirtioDevice> vdev) => SimTask.Done;

    public string BusName(Ptr<VirtioDevice> vdev) => busId;

    /// <summary>Lets the host work on what it kept.</summary>
    public void Resume()
    {
        Stalls = false;
        foreach (var queue in Queues) Serve(queue);
    }

    /// <summary>Offers a buffer of a queue back with a wrong id.</summary>
    public void GiveBogus(int queue, uint id)
    {
        Queues[queue].Give(id, 0);
        Interrupt(Queues[queue]);
    }

    /// <summary>Offers the oldest kept buffer of a queue back.</summary>
    public void GiveHeld(int queue, ReadOnlySpan<byte> data)
    {
        var buffer = Queues[queue].Held[0];
        Queues[queue].Held.RemoveAt(0);
        buffer.Write(0, data);
        Queues[queue].Give(buffer.Head, (uint)data.Length);
        Interrupt(Queues[queue]);
    }

    private bool Notify(Ptr<Virtqueue> vq)
    {
        if (IsLost) return false;
        foreach (var queue in Queues)
            if (queue.Vq == vq) Serve(queue);
        return true;
    }

    private void Serve(FakeQueue queue)
    {
        if ((status & VirtioStatus.DriverOk) == 0) return;
        while (queue.Take() is { } buffer) queue.Held.Add(buffer);
        if (Stalls) return;
        var interrupt = false;
        foreach (var buffer in queue.Held.ToArray())
        {
            var length = backend.Handle(Queues.IndexOf(queue), buffer);
            if (length < 0) continue;
            queue.Held.Remove(buffer);
            interrupt |= queue.Give(buffer.Head, (uint)length);
        }
        if (interrupt) Interrupt(queue);
    }

    private void Interrupt(FakeQueue queue) =>
        kernel.Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Adapter, Key = queue.Vq.Address });
}
