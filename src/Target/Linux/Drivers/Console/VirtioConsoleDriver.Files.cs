using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>/dev/vportNpM: what processes do with a port (port_fops).</content>
public sealed partial class VirtioConsoleDriver
{
    private const int LineLength = 32;

    /// <summary>Models chrdev_open().</summary>
    /// <returns>Null if there is nothing behind the number, or if the port may not be opened.</returns>
    private async SimTask<OpenFile?> Open((int Major, uint Minor) number, string name)
    {
        using var frame = kernel.Enter("chrdev_open");
        await kernel.Point;
        var cdev = charDevices.Get(number);
        if (cdev.IsNull) return null;
        await kernel.Point;
        var port = await FopsOpen(cdev);
        if (!port.IsNull) return new PortFile(this, port, cdev, "/dev/" + name);
        charDevices.Put(cdev);
        return null;
    }

    /// <summary>Models port_fops_open(): one process at a time, and no consoles.</summary>
    private async SimTask<Ptr<Port>> FopsOpen(Ptr<CharDevice> cdev)
    {
        using var frame = kernel.Enter("port_fops_open");
        var port = await FindPortByDevt(cdev.Read().Number);
        if (port.IsNull) return port;
        var mayOpen = !IsConsolePort(port);
        if (mayOpen)
        {
            await port.Read().InbufLock.LockIrqSave();
            mayOpen = !port.Read().GuestConnected && !(kernel.Variant.Has(Remedies.PortLocks) && HasLeft(port));
            if (mayOpen) port.Write().GuestConnected = true;
            await port.Read().InbufLock.UnlockIrqRestore();
        }
        if (!mayOpen)
        {
            PutPort(port);
            return Ptr<Port>.Null;
        }
        await port.Read().OutvqLock.LockIrqSave();
        ReclaimConsumedBuffers(port);
        await port.Read().OutvqLock.UnlockIrqRestore();
        await SendControlMessage(port, ControlEvent.PortOpen, 1);
        return port;
    }

    /// <summary>Models port_fops_release().</summary>
    private async SimTask FopsRelease(Ptr<Port> port)
    {
        using var frame = kernel.Enter("port_fops_release");
        await SendControlMessage(port, ControlEvent.PortOpen, 0);
        await port.Read().InbufLock.LockIrqSave();
        port.Write().GuestConnected = false;
        DiscardPortData(port);
        await port.Read().InbufLock.UnlockIrqRestore();
        await port.Read().OutvqLock.LockIrqSave();
        ReclaimConsumedBuffers(port);
        await port.Read().OutvqLock.UnlockIrqRestore();
        PutPort(port);
    }

    /// <summary>Models port_fops_read() of a blocking reader.</summary>
    private async SimTask<int> FopsRead(Ptr<Port> port, byte[] target, int count)
    {
        using var frame = kernel.Enter("port_fops_read");
        if (!port.Read().GuestConnected) return -Errno.ENODEV;
        await kernel.Point;
        if (!await PortHasData(port))
        {
            if (!port.Read().HostConnected) return 0;
            while (true)
            {
                var ticket = port.Read().Waiting.Prepare();
                if (!await WillReadBlock(port)) break;
                if (await port.Read().Waiting.SleepInterruptible(ticket) is var killed and not 0) return killed;
            }
        }
        if (!port.Read().GuestConnected) return -Errno.ENODEV;
        await kernel.Point;
        if (!await PortHasData(port) && !port.Read().HostConnected) return 0;
        return await FillReadbuf(port, target, count);
    }

    /// <summary>Models port_fops_write() of a blocking writer: returns before the host has read it.</summary>
    private async SimTask<int> FopsWrite(Ptr<Port> port, byte[] data, int count)
    {
        using var frame = kernel.Enter("port_fops_write");
        if (count == 0) return 0;
        var result = await WaitPortWritable(port);
        if (result < 0) return result;
        await kernel.Point;
        count = Math.Min(ConsoleAbi.MaxWrite, count);
        if (kernel.Variant.Has(Remedies.PortLocks) && HasLeft(port)) return -Errno.ENODEV;
        _ = port.Read().Portdev.Read().Vdev; // whose device the buffer is for; the port may be unplugged by now
        var buf = AllocateBuffer((uint)count);
        if (buf.IsNull) return -Errno.ENOMEM;
        data.AsSpan(0, count).CopyTo(kernel.Memory.Guest(buf.Read().Buf, (uint)count));
        await kernel.Point;
        result = await SendToPort(port, new Scatterlist(buf.Read().Buf, (uint)count), buf.As<HeapObject>(), nonblock: true);
        if (result <= 0) FreeBuffer(buf.As<HeapObject>());
        return result;
    }

    /// <summary>Models will_read_block().</summary>
    private async SimTask<bool> WillReadBlock(Ptr<Port> port)
    {
        using var frame = kernel.Enter("will_read_block");
        if (!port.Read().GuestConnected) return false;
        await kernel.Point;
        return !await PortHasData(port) && port.Read().HostConnected;
    }

    /// <summary>Models will_write_block().</summary>
    private async SimTask<bool> WillWriteBlock(Ptr<Port> port)
    {
        using var frame = kernel.Enter("will_write_block");
        if (!port.Read().GuestConnected) return false;
        if (!port.Read().HostConnected) return true;
        await port.Read().OutvqLock.LockIrqSave();
        ReclaimConsumedBuffers(port);
        var result = port.Read().IsOutvqFull;
        await port.Read().OutvqLock.UnlockIrqRestore();
        return result;
    }

    /// <summary>Models wait_port_writable().</summary>
    private async SimTask<int> WaitPortWritable(Ptr<Port> port)
    {
        using var frame = kernel.Enter("wait_port_writable");
        while (true)
        {
            var ticket = port.Read().Waiting.Prepare();
            if (!await WillWriteBlock(port)) break;
            if (await port.Read().Waiting.SleepInterruptible(ticket) is var killed and not 0) return killed;
        }
        return port.Read().GuestConnected ? 0 : -Errno.ENODEV;
    }

    /// <summary>Models fill_readbuf(): the buffer is looked at without its lock.</summary>
    private async SimTask<int> FillReadbuf(Ptr<Port> port, byte[] target, int count)
    {
        using var frame = kernel.Enter("fill_readbuf");
        if (count == 0 || !await PortHasData(port)) return 0;
        if (kernel.Variant.Has(Remedies.ReadLocked)) return await FillReadbufLocked(port, target, count);
        var buf = port.Read().Inbuf;
        await kernel.Point;
        // Unsigned, as size_t: where another reader went beyond the end, all that was asked for seems to be there.
        count = (int)Math.Min((uint)count, unchecked((ulong)buf.Read().Length - buf.Read().Offset));
        if (buf.Read().Offset + (uint)count > buf.Read().Size)
            kernel.World.Fail(buf.Read().Describe(ViolationKind.OutOfBounds, "read beyond the bytes of struct port_buffer"));
        kernel.Memory.Guest(buf.Read().Buf + buf.Read().Offset, (uint)count).CopyTo(target);
        await kernel.Point;
        buf.Write().Offset += (uint)count;
        if (buf.Read().Offset == buf.Read().Length)
        {
            await port.Read().InbufLock.LockIrqSave();
            port.Write().Inbuf = Ptr<PortBuffer>.Null;
            // If the queue is broken the buffer leaks, as in the kernel.
            GiveBack(port, buf);
            await port.Read().InbufLock.UnlockIrqRestore();
        }
        return count;
    }

    private void GiveBack(Ptr<Port> port, Ptr<PortBuffer> buf)
    {
        var result = kernel.Variant.Has(Remedies.PortLocks) && HasLeft(port) ? -Errno.ENODEV : AddInbuf(port.Read().InVq, buf);
        if (result < 0 && kernel.Variant.Has(Remedies.FreeReadBuffer)) FreeBuffer(buf.As<HeapObject>());
    }

    /// <summary>A process with an open port: it writes line by line, each of which takes a descriptor of the queue.</summary>
    private sealed class PortFile(VirtioConsoleDriver driver, Ptr<Port> port, Ptr<CharDevice> cdev, string name) : OpenFile
    {
        public override string Name => name;

        public override SimTask<int> Read(ulong sector, byte[] buffer, int length) => driver.FopsRead(port, buffer, length);

        public override async SimTask<int> Write(ulong sector, byte[] data, int length)
        {
            for (var done = 0; done < length;)
            {
                var result = await driver.FopsWrite(port, data, Math.Min(LineLength, length - done));
                if (result <= 0) return done > 0 ? done : result;
                done += result;
            }
            return length;
        }

        public override async SimTask Close()
        {
            await driver.FopsRelease(port);
            driver.charDevices.Put(cdev);
        }
    }
}
