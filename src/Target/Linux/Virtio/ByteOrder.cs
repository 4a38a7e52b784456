using System.Buffers.Binary;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Fields whose byte order depends on the device (virtio16_to_cpu and its kin, include/linux/virtio_byteorder.h).</summary>
public static class ByteOrder
{
    /// <summary>Reads a field.</summary>
    public static ushort Read16(GuestMemory memory, uint address, bool little)
    {
        ArgumentNullException.ThrowIfNull(memory);
        return Order(memory.Read16(address), little);
    }

    /// <summary>Reads a field.</summary>
    public static uint Read32(GuestMemory memory, uint address, bool little)
    {
        ArgumentNullException.ThrowIfNull(memory);
        return Order(memory.Read32(address), little);
    }

    /// <summary>Writes a field.</summary>
    public static void Write16(GuestMemory memory, uint address, ushort value, bool little)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Write16(address, Order(value, little));
    }

    /// <summary>Writes a field.</summary>
    public static void Write32(GuestMemory memory, uint address, uint value, bool little)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Write32(address, Order(value, little));
    }

    /// <summary>Writes a field.</summary>
    public static void Write64(GuestMemory memory, uint address, ulong value, bool little)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Write64(address, little ? BinaryPrimitives.ReverseEndianness(value) : value);
    }

    private static ushort Order(ushort value, bool little) => little ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static uint Order(uint value, bool little) => little ? BinaryPrimitives.ReverseEndianness(value) : value;
}
