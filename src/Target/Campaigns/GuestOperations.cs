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
            if (ReferenceEquals(device.Read().Driver, stack.Keeper)) await OnlineStore(device.Read().Name, online: false);
    }

    /// <summary>Whether there are such devices.</summary>
    public bool AnyKept => stack.Cio.CcwBus.Devices.Any(d => ReferenceEquals(d.Read().Driver, stack.Keeper));

    public async SimTask OnlineStore(string busId, bool online, bool force = false)
    {
        // A write to an attribute holds an active reference on it, not a reference on the device.
        var cdev = stack.Cio.PeekDevice(busId);
        if (cdev.IsNull) return;
        var value = force ? "force" : online ? "1" : "0";
        Report($"echo {value} > online", await stack.Cio.Online.OnlineStore(cdev, online, force));
    }

    public async SimTask BindVirtio(string busId)
    {
        var vdev = FindVirtio(busId);
        if (vdev.IsNull) return;
        Report("drivers_probe", await stack.Kernel.Core.Binding.Rescan(vdev));
        await stack.Kernel.Core.Put(vdev);
    }

    public async SimTask UnbindVirtio(string busId)
    {
        var vdev = FindVirtio(busId);
        if (vdev.IsNull) return;
        if (vdev.Read().Driver is { } driver) Report("unbind", await stack.Kernel.Core.Binding.Unbind(vdev, driver.Name));
        await stack.Kernel.Core.Put(vdev);
    }

    public async SimTask BindCcw(string busId)
    {
        var cdev = stack.Cio.FindDevice(busId);
        if (cdev.IsNull) return;
        Report("drivers_probe", await stack.Kernel.Core.Binding.Rescan(cdev.As<Device>()));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    public async SimTask UnbindCcw(string busId)
    {
        var cdev = stack.Cio.FindDevice(busId);
        if (cdev.IsNull) return;
        var driver = cdev.Read().Driver?.Name ?? "virtio_ccw";
        Report("unbind", await stack.Kernel.Core.Binding.Unbind(cdev.As<Device>(), driver));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    public async SimTask BindKeeper(string busId)
    {
        var cdev = stack.Cio.FindDevice(busId);
        if (cdev.IsNull) return;
        Report("bind", await stack.Kernel.Core.Binding.Bind(cdev.As<Device>(), stack.Keeper));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    public async SimTask KeeperIo(string busId, KeeperIo what)
    {
        var cdev = stack.Cio.FindDevice(busId);
        if (cdev.IsNull) return;
        Report($"keeper {what}", await stack.Keeper.DoIo(cdev, what));
        await stack.Kernel.Core.Put(cdev.As<Device>());
    }

    public async SimTask Vary(bool on) => Report("vary", await stack.Cio.ChannelPaths.Vary(OnlyChannelPath, on));

    public async SimTask Ignore(IgnoreAction action, ushort devno)
    {
        if (action == IgnoreAction.Add) stack.Cio.Blacklist.Add(0, devno);
        else if (action == IgnoreAction.Purge) await stack.Cio.Blacklist.Purge();
        else if (await raw.HandBack(devno)) stack.Cio.Blacklist.Free(0, devno);
    }

    public async SimTask Open(int slot, string busId)
    {
        if (await stack.Nodes.Open(busId) is { } file) open[slot].Add(new FileDescriptor(file));
        else Report("open", -Errno.ENODEV);
    }

    public async SimTask Close(int slot)
    {
        if (open[slot].Count == 0) return;
        var descriptor = open[slot][0];
        open[slot].RemoveAt(0);
        await descriptor.Put();
    }

    public async SimTask Read(Operation operation)
    {
        if (open[operation.Slot].Count == 0) return;
        var descriptor = open[operation.Slot][0];
        var file = descriptor.Get();
        var buffer = Buffer(operation);
        Report("read", await file.Read((ulong)operation.Sector, buffer, buffer.Length));
        await descriptor.Put();
    }

    public async SimTask Write(Operation operation)
    {
        if (open[operation.Slot].Count == 0) return;
        var descriptor = open[operation.Slot][0];
        var file = descriptor.Get();
        var buffer = Buffer(operation);
        Array.Fill(buffer, (byte)(operation.Sector + 1));
        Report("write", await file.Write((ulong)operation.Sector, buffer, buffer.Length));
        await descriptor.Put();
    }

    public SimTask Rescan() => stack.Cio.Rescan();

    public SimTask Settle() => stack.Cio.Settle();

    public SimTask Crowd(int bits) => stack.VirtioCcw.Crowd(bits);

    public SimTask SubmitRaw(AddressedOperation on) => raw.Submit(on.Devno, on.Operation);

    private static byte[] Buffer(Operation operation) => new byte[Math.Clamp(operation.Sectors, 1, MaxSectors) * SectorSize];

    public async SimTask SysfsRead(string busId) => Report("cat status", await stack.Virtio.ReadStatus(busId));

    public SimTask BusIds()
    {
        stack.Cio.ShowBusIds();
        return SimTask.Done;
    }

    public SimTask Kick(string busId, Operation operation)
    {
        const uint QueueMax = 1024; // VIRTIO_QUEUE_MAX
        const ushort NoSubchannel = 0xfff0;
        const uint OneBit = 0x0001_0000;
        var cdev = stack.Cio.PeekDevice(busId);
        if (cdev.IsNull) return SimTask.Done;
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
