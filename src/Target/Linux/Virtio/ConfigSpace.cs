using System.Buffers.Binary;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Fields of the configuration space (virtio_cread and virtio_cwrite, include/linux/virtio_config.h).</summary>
/// <remarks>
/// The kernel reads into an uninitialised variable: a read that failed delivers whatever was on the stack. Here that is zero.
/// </remarks>
public static class ConfigSpace
{
    /// <summary>Reads a field of 1, 2, 4 or 8 bytes.</summary>
    public static async SimTask<ulong> Read(Ptr<VirtioDevice> vdev, uint offset, int size)
    {
        var buffer = new byte[size];
        await vdev.Read().Config.Get(vdev, offset, buffer, size);
        var little = vdev.Read().IsLittleEndian;
        return size switch
        {
            1 => buffer[0],
            2 => little ? BinaryPrimitives.ReadUInt16LittleEndian(buffer) : BinaryPrimitives.ReadUInt16BigEndian(buffer),
            4 => little ? BinaryPrimitives.ReadUInt32LittleEndian(buffer) : BinaryPrimitives.ReadUInt32BigEndian(buffer),
            _ => little ? BinaryPrimitives.ReadUInt64LittleEndian(buffer) : BinaryPrimitives.ReadUInt64BigEndian(buffer),
        };
    }

    /// <summary>Reads a field that exists only with a feature (virtio_cread_feature).</summary>
    /// <returns>Null without the feature.</returns>
    public static async SimTask<ulong?> Read(Ptr<VirtioDevice> vdev, int feature, uint offset, int size) =>
        vdev.Read().HasFeature(feature) ? await Read(vdev, offset, size) : null;

    /// <summary>Reads a field of 4 bytes that is little-endian even on a legacy device (virtio_cread_le).</summary>
    public static async SimTask<uint> ReadLittle32(Ptr<VirtioDevice> vdev, uint offset)
    {
        var buffer = new byte[4];
        await vdev.Read().Config.Get(vdev, offset, buffer, buffer.Length);
        return BinaryPrimitives.ReadUInt32LittleEndian(buffer);
    }

    /// <summary>Writes a field of 4 bytes that is little-endian even on a legacy device (virtio_cwrite_le).</summary>
    public static SimTask WriteLittle32(Ptr<VirtioDevice> vdev, uint offset, uint value)
    {
        var data = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        return vdev.Read().Config.Set(vdev, offset, data, data.Length);
    }

    /// <summary>Writes a field of 4 bytes.</summary>
    public static async SimTask Write32(Ptr<VirtioDevice> vdev, uint offset, uint value)
    {
        var data = new byte[4];
        if (vdev.Read().IsLittleEndian) BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        else BinaryPrimitives.WriteUInt32BigEndian(data, value);
        await vdev.Read().Config.Set(vdev, offset, data, data.Length);
    }
}
