using System.Buffers.Binary;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>Fields in the byte order that the driver chose (virtio_stl_p and its kin, virtio-access.h).</summary>
internal static class VirtioBytes
{
    public static void Put16(this VirtioHostDevice device, Span<byte> into, ushort value)
    {
        if (device.IsBigEndian) BinaryPrimitives.WriteUInt16BigEndian(into, value);
        else BinaryPrimitives.WriteUInt16LittleEndian(into, value);
    }

    public static void Put32(this VirtioHostDevice device, Span<byte> into, uint value)
    {
        if (device.IsBigEndian) BinaryPrimitives.WriteUInt32BigEndian(into, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(into, value);
    }

    public static void Put64(this VirtioHostDevice device, Span<byte> into, ulong value)
    {
        if (device.IsBigEndian) BinaryPrimitives.WriteUInt64BigEndian(into, value);
        else BinaryPrimitives.WriteUInt64LittleEndian(into, value);
    }

    public static ushort Get16(this VirtioHostDevice device, ReadOnlySpan<byte> from) =>
        device.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(from) : BinaryPrimitives.ReadUInt16LittleEndian(from);

    public static uint Get32(this VirtioHostDevice device, ReadOnlySpan<byte> from) =>
        device.IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(from) : BinaryPrimitives.ReadUInt32LittleEndian(from);

    public static ulong Get64(this VirtioHostDevice device, ReadOnlySpan<byte> from) =>
        device.IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(from) : BinaryPrimitives.ReadUInt64LittleEndian(from);
}
