using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Input.VirtioInputAbi;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <content>What kind of device it is: the configuration has one piece after the other in one window.</content>
public sealed partial class VirtioInputDriver
{
    /// <summary>The part of virtinput_probe() that asks for the device's name, its ids, and which events it has.</summary>
    private async SimTask ReadConfig(Ptr<VirtioInput> vi, Ptr<InputDev> idev)
    {
        await ReadString(vi, Abi.IdName, vi.Read().Name);
        await ReadString(vi, Abi.IdSerial, vi.Read().Serial);
        if (await CfgSelect(vi, Abi.IdDevids, 0) >= Abi.DevidsSize)
            for (var i = 0; i < idev.Read().Ids.Length; i++)
                idev.Write().Ids[i] = (ushort)await ConfigSpace.Read(vi.Read().Vdev, Abi.DataOffset + (2 * (uint)i), 2);
        await CfgBits(vi, Abi.PropBits, 0, null);
        if (await CfgSelect(vi, Abi.EvBits, EventType.Rep) != 0) idev.Write().Set(EventType.Rep);
        idev.Write().Parent = vi.Read().Vdev.As<Device>();
        idev.Write().Event = Status;
        await CfgBits(vi, Abi.EvBits, EventType.Key, idev.Read().KeyBit);
        await CfgBits(vi, Abi.EvBits, EventType.Rel, null);
        await CfgBits(vi, Abi.EvBits, EventType.Abs, null);
        await CfgBits(vi, Abi.EvBits, EventType.Msc, null);
        await CfgBits(vi, Abi.EvBits, EventType.Sw, null);
        await CfgBits(vi, Abi.EvBits, EventType.Led, idev.Read().LedBit);
        await CfgBits(vi, Abi.EvBits, EventType.Snd, null);
    }

    private async SimTask ReadString(Ptr<VirtioInput> vi, byte select, byte[] into)
    {
        var size = await CfgSelect(vi, select, 0);
        await ReadBytes(vi, into, Math.Min(size, into.Length));
    }

    /// <summary>Models virtinput_cfg_select().</summary>
    /// <returns>Bytes of the piece; 0 if the device has none.</returns>
    private async SimTask<int> CfgSelect(Ptr<VirtioInput> vi, byte select, byte subsel)
    {
        using var frame = kernel.Enter("virtinput_cfg_select");
        var vdev = vi.Read().Vdev;
        await vdev.Read().Config.Set(vdev, Abi.SelectOffset, [select], 1);
        await vdev.Read().Config.Set(vdev, Abi.SubselOffset, [subsel], 1);
        return (int)await ConfigSpace.Read(vdev, Abi.SizeOffset, 1);
    }

    /// <summary>Models virtinput_cfg_bits(): without memory the device has no such events.</summary>
    /// <param name="vi">The device.</param>
    /// <param name="select">What is asked for.</param>
    /// <param name="subsel">Of which type of event.</param>
    /// <param name="bits">Receives them; null for what a keyboard does not have.</param>
    private async SimTask CfgBits(Ptr<VirtioInput> vi, byte select, byte subsel, byte[]? bits)
    {
        using var frame = kernel.Enter("virtinput_cfg_bits");
        var size = await CfgSelect(vi, select, subsel);
        if (size == 0) return;
        if (kernel.Faults.Fails(AllocationKind.Heap)) return;
        var buffer = new byte[size];
        await ReadBytes(vi, buffer, size);
        if (bits is not null) buffer.AsSpan(0, Math.Min(size, bits.Length)).CopyTo(bits);
        if (select == Abi.EvBits) vi.Read().Idev.Write().Set(subsel);
    }

    /// <summary>Models __virtio_cread_many(), for virtio_cread_bytes(): every byte is read by itself.</summary>
    private async SimTask ReadBytes(Ptr<VirtioInput> vi, byte[] into, int count)
    {
        using var frame = kernel.Enter("__virtio_cread_many");
        for (var i = 0; i < count; i++) into[i] = (byte)await ConfigSpace.Read(vi.Read().Vdev, Abi.DataOffset + (uint)i, 1);
    }
}
