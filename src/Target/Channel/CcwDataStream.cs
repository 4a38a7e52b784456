using System.Buffers.Binary;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Channel;

/// <summary>The storage that one CCW addresses, as a stream (CcwDataStream and ccw_dstream_*, css.c).</summary>
/// <remarks>
/// Direct addresses, or indirect ones: format-2 words of 8 bytes for blocks of 4 or 2 KiB, format-1 words of 4 bytes for
/// blocks of 2 KiB. Format-1 words are read as on a big-endian host; on a little-endian one QEMU 7.2 swaps them wrongly.
/// All functions return 0 or -EINVAL, which ends the channel program with a program check.
/// </remarks>
public sealed class CcwDataStream
{
    private enum Transfer
    {
        FromGuest,
        ToGuest,
        Advance,
    }

    private readonly GuestMemory memory;
    private bool indirect;
    private bool format1Ccw;
    private bool format2Idaw;
    private bool twoKiloByteBlocks;
    private bool skip;
    private bool broken;
    private bool hasLimit;
    private int count;
    private int atByte;
    private uint atIdaw;
    private uint origin;
    private ulong address;

    internal CcwDataStream(GuestMemory memory) => this.memory = memory;

    /// <summary>Bytes of the count that were not moved (ccw_dstream_residual_count).</summary>
    public ushort ResidualCount => (ushort)(count - atByte);

    private uint BlockSize => format2Idaw && !twoKiloByteBlocks ? 4096u : 2048u;

    /// <summary>Reads guest storage, e.g. the payload of a write command.</summary>
    public int Read(Span<byte> into) => Move(into, default, into.Length, Transfer.FromGuest);

    /// <summary>Writes guest storage, e.g. the answer to a read command.</summary>
    public int Write(ReadOnlySpan<byte> from) => Move(default, from, from.Length, Transfer.ToGuest);

    /// <summary>Steps over bytes without touching them.</summary>
    public int Advance(int bytes) => Move(default, default, bytes, Transfer.Advance);

    /// <summary>Goes back to the start.</summary>
    public void Rewind()
    {
        atByte = 0;
        atIdaw = 0;
        address = origin;
    }

    /// <summary>Sets the stream up for a CCW (ccw_dstream_init).</summary>
    internal void Start(in Ccw ccw, in Orb orb, bool hasLimit)
    {
        this.hasLimit = hasLimit;
        indirect = (ccw.Flags & CcwFlags.IndirectData) != 0;
        format1Ccw = (orb.Control & OrbControl.Format) != 0;
        format2Idaw = (orb.Control & OrbControl.Format2Idaw) != 0;
        twoKiloByteBlocks = (orb.Control & OrbControl.TwoKiloByteIdaw) != 0;
        broken = false;
        count = ccw.Count;
        origin = ccw.Cda;
        // SKIP means something for read, read backward and sense commands only.
        skip = (ccw.Flags & CcwFlags.Skip) != 0
            && ((ccw.Command & 0x0f) == CcwCommand.BasicSense || (ccw.Command & 0x03) == 0x02 || (ccw.Command & 0x0f) == 0x0c);
        Rewind();
    }

    private int Move(Span<byte> into, ReadOnlySpan<byte> from, int length, Transfer transfer)
    {
        if (atByte + length > count) broken = true;
        if (broken) return -Errno.EINVAL;
        if (length == 0) return 0;
        return indirect ? MoveIndirect(into, from, length, transfer) : MoveDirect(into, from, length, transfer);
    }

    private int MoveDirect(Span<byte> into, ReadOnlySpan<byte> from, int length, Transfer transfer)
    {
        if (!IsAddressable(address, length)) return -Errno.EINVAL;
        if (!Touch(into, from, length, transfer))
        {
            broken = true;
            return -Errno.EINVAL;
        }
        atByte += length;
        address += (uint)length;
        return 0;
    }

    private int MoveIndirect(Span<byte> into, ReadOnlySpan<byte> from, int length, Transfer transfer)
    {
        var block = BlockSize;
        var result = 0;
        var left = LeftInBlock(block);
        if (atIdaw == 0)
        {
            result = NextIdaw();
            left = LeftInBlock(block);
        }
        else if (left == block)
        {
            result = NextIdaw();
            if (result == 0 && (address & (block - 1)) != 0) result = -Errno.EINVAL; // only the first may start inside a block
        }
        var done = 0;
        while (result == 0)
        {
            var step = (int)Math.Min((uint)(length - done), left);
            var part = transfer == Transfer.FromGuest ? into.Slice(done, step) : default;
            if (!Touch(part, transfer == Transfer.ToGuest ? from.Slice(done, step) : default, step, transfer))
            {
                result = -Errno.EINVAL;
                break;
            }
            atByte += step;
            address += (uint)step;
            done += step;
            if (done == length) return 0;
            result = NextIdaw();
            left = block;
        }
        broken = true;
        return result;
    }

    private uint LeftInBlock(uint block) => block - ((uint)address & (block - 1));

    private int NextIdaw()
    {
        var size = format2Idaw ? 8u : 4u;
        var word = origin + (ulong)(size * atIdaw);
        if ((word & (size - 1)) != 0 || !IsAddressable(word, 0)) return -Errno.EINVAL;
        if (!memory.TryHostRead(word, size, out var bytes)) return -Errno.EINVAL;
        address = format2Idaw ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (!format2Idaw && (address & 0x8000_0000) != 0) return -Errno.EINVAL;
        atIdaw++;
        return 0;
    }

    private bool IsAddressable(ulong start, int length) => !hasLimit || start + (uint)length < (format1Ccw ? 1UL << 31 : 1UL << 24);

    private bool Touch(Span<byte> into, ReadOnlySpan<byte> from, int length, Transfer transfer)
    {
        if (transfer == Transfer.Advance || skip) return true;
        if (transfer == Transfer.FromGuest)
        {
            if (!memory.TryHostRead(address, (uint)length, out var source)) return false;
            source.CopyTo(into);
            return true;
        }
        if (!memory.TryHostWrite(address, (uint)length, out var target)) return false;
        from.CopyTo(target);
        return true;
    }
}
