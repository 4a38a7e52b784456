using Xunit;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>What is behind a fake virtio device: its type, features, configuration space, and what it does with a buffer.</summary>
internal abstract class FakeBackend
{
    public abstract uint DeviceId { get; }

    public abstract ulong Features { get; }

    public abstract int Queues { get; }

    public virtual byte[] Config { get; } = [];

    /// <summary>Handles a buffer.</summary>
    /// <returns>Bytes written, or -1 to keep it.</returns>
    public abstract int Handle(int queue, FakeBuffer buffer);
}

/// <summary>A buffer that the guest offered: the parts to read, and the parts to write.</summary>
internal sealed class FakeBuffer(
    GuestMemory memory, uint head, List<(ulong Address, uint Length)> reads, List<(ulong Address, uint Length)> writes)
{
    public uint Head => head;

    public int WritableSize => writes.Sum(w => (int)w.Length);

    public byte[] Read()
    {
        var all = new List<byte>();
        foreach (var (address, length) in reads)
        {
            Assert.True(memory.TryHostRead(address, length, out var data));
            all.AddRange(data.ToArray());
        }
        return [.. all];
    }

    public int Write(int offset, ReadOnlySpan<byte> data)
    {
        var at = 0;
        var done = 0;
        foreach (var (address, length) in writes)
        {
            Assert.True(memory.TryHostWrite(address, length, out var span));
            for (var i = 0; i < length; i++, at++)
                if (at >= offset && at < offset + data.Length)
                {
                    span[i] = data[at - offset];
                    done++;
                }
        }
        return done;
    }
}
