using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Keeper;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>What processes of the guest do on behalf of a campaign: sysfs writes, device nodes, I/O.</summary>
/// <param name="stack">The stack.</param>
internal sealed class GuestOperations(DeviceStack stack)
{
    private const int SectorSize = 512;
    private const int MaxSectors = 16;
    private const byte OnlyChannelPath = 0;
    private const string NoDevice = "the guest has no such ccw device";
    private const string NoVirtioDevice = "the guest has no virtio device on it";
    private const string NothingOpen = "nothing is open in the slot";
    private readonly List<FileDescriptor>[] open = [[], [], [], []];
    private readonly RawPrograms raw = new(stack);

    /// <summary>Forgets open files: a new guest was booted.</summary>
    public void Reset()
    {
        raw.Reset();
        foreach (var files in open) files.Clear();
    }

    /// <summary>Closes everything that is still open, slot after slot.</summary>
    public async SimTask CloseAll()
    {
        for (var slot = 0; slot < open.Length; slot++)
            while (open[slot].Count > 0) await Close(slot);
    }

    /// <summary>Whether something is open.</summary>
    public bool AnyOpen => open.Any(files => files.Count > 0);

    /// <summary>Gives up the devices that only their driver keeps: they are gone, and somebody sets them offline.</summary>
    public async SimTask ReleaseKept()
    {
        foreach (var device in stack.Cio.CcwBus.Devices.ToArray())
            if (ReferenceEquals(device.Read().Driver, stack.Keeper)) await OnlineStore(device.As<CcwDevice>(), online: false, force: false);
    }

    /// <summary>Whether there are such devices.</summary>
    public bool AnyKept => stack.Cio.CcwBus.Devices.Any(d => ReferenceEquals(d.Read().Driver, stack.Keeper));

    /// <summary>online, offline: a write to the attribute online (online_store).</summary>
    public async SimTask OnlineStore(AddressedOperation on, bool online)
    {
        // A write to an attribute holds an active reference on it, not a reference on the device.
        var cdev = stack.Cio.PeekDevice(on.BusId);
        if (cdev.IsNull) DidNothing(on, NoDevice);
        else await OnlineStore(cdev, online, online && on.Operation.IsForced);
    }

    /// <summary>bind: a write to drivers_probe of the virtio bus.</summary>
    public async SimTask BindVirtio(AddressedOperation on)
    {
        var vdev = FindVirtio(on.BusId);
        if (vdev.IsNull)
        {
            DidNothing(on, NoVirtioDevice);
            return;
        }
        if (vdev.Read().Driver is not null) DidNothing(on, "the virtio device has a driver already");
        Report("drivers_probe", await stack.Kernel.Core.Binding.Rescan(vdev));
        await stack.Kernel.Core.Put(vdev);
    }

    /// <summary>unbind: a write to unbind of the virtio device's driver.</summary>
    public async SimTask UnbindVirtio(AddressedOperation on)
    {
        var vdev = FindVirtio(on.BusId);
        if (vdev.IsNull)
        {
            DidNothing(on, NoVirtioDevice);
            return;
        }
        if (vdev.Read().Driver is { } driver) Report("unbind", await stack.Kernel.Core.Binding.Unbind(vdev, driver.Name));
        else DidNothing(on, "the virtio device has no driver");
        await stack.Kernel.Core.Put(vdev);
    }

    /// <summary>bind-ccw: a write to drivers_probe of the ccw bus.</summary>
    public async SimTask BindCcw(AddressedOperation on)
    {
        var cdev = stack.Cio.FindDevice(on.BusId);
        if (cdev.IsNull)
        {
            DidNothing(on, NoDevice);
            return;
        }
        if (cdev.Read().Driver is not null) DidNothing(on, "the ccw device has a driver already");
        Report("drivers_probe", await stack.Kernel.Core.Binding.Rescan(cdev.As<Device>()));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    /// <summary>unbind-ccw: a write to unbind of the ccw device's driver.</summary>
    public async SimTask UnbindCcw(AddressedOperation on)
    {
        var cdev = stack.Cio.FindDevice(on.BusId);
        if (cdev.IsNull)
        {
            DidNothing(on, NoDevice);
            return;
        }
        if (cdev.Read().Driver is null) DidNothing(on, "the ccw device has no driver");
        var driver = cdev.Read().Driver?.Name ?? "virtio_ccw";
        Report("unbind", await stack.Kernel.Core.Binding.Unbind(cdev.As<Device>(), driver));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    /// <summary>bind-keeper: a write to bind of the driver that keeps its devices.</summary>
    public async SimTask BindKeeper(AddressedOperation on)
    {
        var cdev = stack.Cio.FindDevice(on.BusId);
        if (cdev.IsNull)
        {
            DidNothing(on, NoDevice);
            return;
        }
        Report("bind", await stack.Kernel.Core.Binding.Bind(cdev.As<Device>(), stack.Keeper));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    /// <summary>keeper-io.</summary>
    public async SimTask KeeperIo(AddressedOperation on)
    {
        var cdev = stack.Cio.FindDevice(on.BusId);
        if (cdev.IsNull)
        {
            DidNothing(on, NoDevice);
            return;
        }
        var what = on.Operation.KeeperIo;
        Report($"keeper {what}", await stack.Keeper.DoIo(cdev, what));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    /// <summary>vary: a write to the channel path's attribute status.</summary>
    public async SimTask Vary(AddressedOperation on)
    {
        var to = on.Operation.IsOn;
        if (stack.Cio.ChannelPaths.IsOnline(OnlyChannelPath) == to) DidNothing(on, to ? "the path is on" : "the path is off");
        Report("vary", await stack.Cio.ChannelPaths.Vary(OnlyChannelPath, to));
    }

    /// <summary>cio-ignore: a write to /proc/cio_ignore.</summary>
    public async SimTask Ignore(AddressedOperation on)
    {
        var action = on.Operation.Ignore;
        var isIgnored = stack.Cio.Blacklist.Contains(0, on.Devno);
        if (action == IgnoreAction.Add && isIgnored) DidNothing(on, "the device number is ignored already");
        if (action == IgnoreAction.Add) stack.Cio.Blacklist.Add(0, on.Devno);
        else if (action == IgnoreAction.Purge) await stack.Cio.Blacklist.Purge();
        else if (await raw.HandBack(on.Devno)) stack.Cio.Blacklist.Free(0, on.Devno);
    }

    /// <summary>open.</summary>
    public async SimTask Open(AddressedOperation on)
    {
        if (!stack.Nodes.Exists(on.BusId)) DidNothing(on, "the device has no node to open");
        if (await stack.Nodes.Open(on.BusId) is { } file) open[on.Operation.Slot].Add(new FileDescriptor(file));
        else Report("open", -Errno.ENODEV);
    }

    /// <summary>close.</summary>
    public async SimTask Close(AddressedOperation on)
    {
        if (open[on.Operation.Slot].Count == 0) DidNothing(on, NothingOpen);
        else await Close(on.Operation.Slot);
    }

    /// <summary>read.</summary>
    public async SimTask Read(AddressedOperation on)
    {
        if (open[on.Operation.Slot].Count == 0)
        {
            DidNothing(on, NothingOpen);
            return;
        }
        var descriptor = open[on.Operation.Slot][0];
        var file = descriptor.Get();
        var buffer = Buffer(on.Operation);
        Report("read", await file.Read((ulong)on.Operation.Sector, buffer, buffer.Length));
        await descriptor.Put();
    }

    /// <summary>write.</summary>
    public async SimTask Write(AddressedOperation on)
    {
        if (open[on.Operation.Slot].Count == 0)
        {
            DidNothing(on, NothingOpen);
            return;
        }
        var descriptor = open[on.Operation.Slot][0];
        var file = descriptor.Get();
        var buffer = Buffer(on.Operation);
        Array.Fill(buffer, (byte)(on.Operation.Sector + 1));
        Report("write", await file.Write((ulong)on.Operation.Sector, buffer, buffer.Length));
        await descriptor.Put();
    }

    /// <summary>rescan.</summary>
    public SimTask Rescan() => stack.Cio.Rescan();

    /// <summary>settle.</summary>
    public SimTask Settle() => stack.Cio.Settle();

    /// <summary>crowd.</summary>
    public SimTask Crowd(int bits) => stack.VirtioCcw.Crowd(bits);

    /// <summary>raw.</summary>
    public async SimTask SubmitRaw(AddressedOperation on)
    {
        if (!await raw.Submit(on.Devno, on.Operation)) DidNothing(on, "Linux does not ignore the device, or it is not there");
    }

    /// <summary>sysfs-read of a virtio device's status.</summary>
    public async SimTask SysfsRead(AddressedOperation on)
    {
        var result = await stack.Virtio.ReadStatus(on.BusId);
        if (result == -Errno.ENOENT) DidNothing(on, NoVirtioDevice);
        Report("cat status", result);
    }

    /// <summary>sysfs-read of the device numbers of all subchannels.</summary>
    public SimTask BusIds()
    {
        stack.Cio.ShowBusIds();
        return SimTask.Done;
    }

    /// <summary>kick.</summary>
    public SimTask Kick(AddressedOperation on)
    {
        const uint QueueMax = 1024; // VIRTIO_QUEUE_MAX
        const ushort NoSubchannel = 0xfff0;
        const uint OneBit = 0x0001_0000;
        var operation = on.Operation;
        var cdev = stack.Cio.PeekDevice(on.BusId);
        if (cdev.IsNull)
        {
            DidNothing(on, NoDevice);
            return SimTask.Done;
        }
        var id = CcwDeviceOps.GetSubchannelId(cdev);
        var queue = operation.KickTarget == KickTarget.Beyond ? QueueMax + (uint)operation.Queue : (uint)operation.Queue;
        var word = operation.KickTarget switch
        {
            KickTarget.Malformed => id.Word & ~OneBit,
            KickTarget.Absent => (id with { Schid = NoSubchannel }).Word,
            KickTarget.AllOnes => uint.MaxValue,
            _ => id.Word,
        };
        var result = stack.Channel.NotifyHypercall(word, queue, 0);
        stack.World.Assert(
            operation.KickTarget == KickTarget.Own || result == -Errno.EINVAL, "a wrong notification was not refused with -EINVAL");
        return SimTask.Done;
    }

    private async SimTask OnlineStore(Ptr<CcwDevice> cdev, bool online, bool force)
    {
        var value = force ? "force" : online ? "1" : "0";
        Report($"echo {value} > online", await stack.Cio.Online.OnlineStore(cdev, online, force));
    }

    private async SimTask Close(int slot)
    {
        var descriptor = open[slot][0];
        open[slot].RemoveAt(0);
        await descriptor.Put();
    }

    private static byte[] Buffer(Operation operation) => new byte[Math.Clamp(operation.Sectors, 1, MaxSectors) * SectorSize];

    private void DidNothing(AddressedOperation on, string why) => stack.World.Effects.DidNothing(on.Number, why);

    private Ptr<Device> FindVirtio(string busId) =>
        stack.Kernel.Core.Find<VirtioDevice>(stack.Virtio.Bus, d => d.Parent.Read().Name == busId).As<Device>();

    private void Report(string what, int result) => stack.World.Trace.Add(TraceKind.Log, $"{what}: {result}");

    /// <summary>An open file with its references: a read or write that runs keeps it open beyond the close (fdget, fput).</summary>
    private sealed class FileDescriptor(OpenFile file)
    {
        private int references = 1;

        public OpenFile Get()
        {
            references++;
            return file;
        }

        public SimTask Put() => --references == 0 ? file.Close() : SimTask.Done;
    }
}
