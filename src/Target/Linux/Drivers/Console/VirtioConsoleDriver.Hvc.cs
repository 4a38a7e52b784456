using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Ports that are consoles.</content>
public sealed partial class VirtioConsoleDriver : IHvcOps
{
    private readonly List<Ptr<Port>> consoles = [];
    private uint nextVtermno = 1;

    /// <summary>Models put_chars(): called with the console's lock held, and spins until the host has read the bytes.</summary>
    public async SimTask<int> PutChars(uint vtermno, byte[] data, int count)
    {
        using var frame = kernel.Enter("put_chars");
        var port = await FindPortByVtermno(vtermno);
        if (port.IsNull) return -Errno.EPIPE;
        var copy = CopyBytes(data, count);
        if (copy.IsNull) return -Errno.ENOMEM;
        if (kernel.Variant.Has(Remedies.ConsoleCopy)) return await SendCopy(port, copy, count);
        // If the queue breaks while it waits, the bytes are still in it.
        var result = await SendToPort(port, new Scatterlist(copy.Read().Bytes, (uint)count), copy.As<HeapObject>(), nonblock: false);
        FreeBytes(copy);
        return result;
    }

    /// <summary>Models get_chars().</summary>
    public async SimTask<int> GetChars(uint vtermno, byte[] buffer, int count)
    {
        using var frame = kernel.Enter("get_chars");
        var port = await FindPortByVtermno(vtermno);
        return port.IsNull ? -Errno.EPIPE : await FillReadbuf(port, buffer, count);
    }

    /// <summary>Models notifier_add_vio().</summary>
    public async SimTask<int> NotifierAdd(uint vtermno)
    {
        using var frame = kernel.Enter("notifier_add_vio");
        return (await FindPortByVtermno(vtermno)).IsNull ? -Errno.EINVAL : 0;
    }

    /// <summary>Models is_console_port() within its caller.</summary>
    private static bool IsConsolePort(Ptr<Port> port) => !port.Read().Hvc.IsNull;

    /// <summary>Models init_port_console().</summary>
    private async SimTask<int> InitPortConsole(Ptr<Port> port)
    {
        using var frame = kernel.Enter("init_port_console");
        port.Write().Vtermno = nextVtermno;
        var vdev = port.Read().Portdev.Read().Vdev;
        var console = await hvc.Allocate(port.Read().Vtermno, this, vdev.Read().Config.BusName(vdev));
        port.Write().Hvc = console;
        if (console.IsNull) return -Errno.ENOMEM;
        await pdrvdataLock.LockIrqSave();
        nextVtermno++;
        consoles.Add(port);
        await pdrvdataLock.UnlockIrqRestore();
        port.Write().GuestConnected = true;
        await SendControlMessage(port, ControlEvent.PortOpen, 1);
        return 0;
    }

    /// <summary>The part of unplug_port() for a console.</summary>
    private async SimTask RemovePortConsole(Ptr<Port> port)
    {
        await pdrvdataLock.LockIrqSave();
        consoles.Remove(port);
        await pdrvdataLock.UnlockIrqRestore();
        await hvc.Remove(port.Read().Hvc);
    }

    /// <summary>Models find_port_by_vtermno(): without a reference.</summary>
    private async SimTask<Ptr<Port>> FindPortByVtermno(uint vtermno)
    {
        using var frame = kernel.Enter("find_port_by_vtermno");
        await pdrvdataLock.LockIrqSave();
        var found = Ptr<Port>.Null;
        foreach (var port in consoles)
            if (found.IsNull && port.Read().Vtermno == vtermno) found = port;
        await pdrvdataLock.UnlockIrqRestore();
        return found;
    }

    /// <summary>Models kmemdup() within its caller.</summary>
    private Ptr<CopiedBytes> CopyBytes(byte[] data, int count)
    {
        var copy = AllocateBytes(count);
        if (copy.IsNull) return copy;
        data.AsSpan(0, count).CopyTo(kernel.Memory.Guest(copy.Read().Bytes, (uint)count));
        return copy;
    }

    private Ptr<CopiedBytes> AllocateBytes(int count)
    {
        var bytes = kernel.Allocate(new CopiedBytes());
        if (!bytes.IsNull) bytes.Write().Bytes = kernel.Memory.Allocate((uint)count, "copy of console output", GuestMemory.Granule);
        return bytes;
    }

    private void FreeBytes(Ptr<CopiedBytes> bytes)
    {
        kernel.Memory.Free(bytes.Read().Bytes);
        kernel.Heap.Free(bytes);
    }

    /// <summary>Bytes on their way to the host.</summary>
    private sealed class CopiedBytes : HeapObject
    {
        public override string TypeName => "copy of console output";

        /// <summary>Their guest address.</summary>
        public uint Bytes { get; set; }
    }
}
