using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>A piece of guest memory that belongs to a buffer.</summary>
/// <param name="Address">Guest address.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct Segment(ulong Address, uint Length);

/// <summary>A buffer that the device took from a queue (VirtQueueElement).</summary>
/// <remarks>One element per queue is enough: requests are completed before the next is taken.</remarks>
public sealed class VirtqueueElement
{
    private readonly List<Segment> readable = [];
    private readonly List<Segment> writable = [];
    private readonly GuestMemory memory;

    internal VirtqueueElement(GuestMemory memory) => this.memory = memory;

    /// <summary>Head descriptor, the id that goes into the used ring.</summary>
    public uint Index { get; internal set; }

    /// <summary>Segments that the device reads (out_sg).</summary>
    public IReadOnlyList<Segment> Readable => readable;

    /// <summary>Segments that the device writes (in_sg).</summary>
    public IReadOnlyList<Segment> Writable => writable;

    /// <summary>Bytes that the device may read.</summary>
    public ulong ReadableSize { get; private set; }

    /// <summary>Bytes that the device may write.</summary>
    public ulong WritableSize { get; private set; }

    /// <summary>Copies from the readable segments (iov_to_buf).</summary>
    /// <returns>Bytes copied, fewer than asked for if the segments end.</returns>
    public int Read(ulong offset, Span<byte> into)
    {
        var done = 0;
        foreach (var segment in readable)
        {
            if (done == into.Length) break;
            if (Part(segment, ref offset, into.Length - done) is not { Length: > 0 } part) continue;
            if (!memory.TryHostRead(part.Address, part.Length, out var bytes)) break;
            bytes.CopyTo(into[done..]);
            done += bytes.Length;
        }
        return done;
    }

    /// <summary>Copies into the writable segments (iov_from_buf).</summary>
    /// <returns>Bytes copied, fewer than given if the segments end.</returns>
    public int Write(ulong offset, ReadOnlySpan<byte> from)
    {
        var done = 0;
        foreach (var segment in writable)
        {
            if (done == from.Length) break;
            if (Part(segment, ref offset, from.Length - done) is not { Length: > 0 } part) continue;
            if (!memory.TryHostWrite(part.Address, part.Length, out var bytes)) break;
            from.Slice(done, bytes.Length).CopyTo(bytes);
            done += bytes.Length;
        }
        return done;
    }

    internal void Clear(uint index)
    {
        Index = index;
        readable.Clear();
        writable.Clear();
        ReadableSize = 0;
        WritableSize = 0;
    }

    internal void Add(Segment segment, bool isWritable)
    {
        (isWritable ? writable : readable).Add(segment);
        if (isWritable) WritableSize += segment.Length;
        else ReadableSize += segment.Length;
    }

    /// <summary>What a segment contributes at an offset; the offset is used up by segments before it.</summary>
    private static Segment Part(Segment segment, ref ulong offset, int wanted)
    {
        if (offset >= segment.Length)
        {
            offset -= segment.Length;
            return default;
        }
        var start = (uint)offset;
        offset = 0;
        return new Segment(segment.Address + start, Math.Min(segment.Length - start, (uint)wanted));
    }
}
