using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <content>/dev/input/eventN: what processes do with a node (evdev_fops).</content>
internal sealed partial class EvdevHandler
{
    private const int EventSize = 24;

    /// <summary>Models chrdev_open().</summary>
    /// <returns>Null if there is nothing behind the number, or if it cannot be opened.</returns>
    private async SimTask<OpenFile?> OpenNode(int minor)
    {
        using var frame = kernel.Enter("chrdev_open");
        await kernel.Point;
        var evdev = Ptr<Evdev>.Null;
        foreach (var candidate in cdevMap)
            if (candidate.Read().Minor == minor) evdev = candidate;
        if (evdev.IsNull) return null;
        evdev.Write().CdevReferences++;
        await kernel.Point;
        var client = await Open(evdev);
        if (!client.IsNull) return new EvdevFile(this, evdev, client);
        await PutCdev(evdev);
        return null;
    }

    /// <summary>Models evdev_open().</summary>
    private async SimTask<Ptr<EvdevClient>> Open(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("evdev_open");
        _ = evdev.Read().Dev.Read(); // for the size of the buffer
        var client = kernel.Allocate(new EvdevClient(kernel.World) { Evdev = evdev });
        if (client.IsNull) return client;
        await evdev.Read().ClientLock.LockIrqSave(); // evdev_attach_client()
        evdev.Write().Clients.Add(client);
        await evdev.Read().ClientLock.UnlockIrqRestore();
        if (await OpenDevice(evdev) == 0) return client;
        await DetachClient(evdev, client);
        kernel.Heap.Free(client);
        return Ptr<EvdevClient>.Null;
    }

    /// <summary>Models evdev_open_device().</summary>
    private async SimTask<int> OpenDevice(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("evdev_open_device");
        var result = 0;
        await evdev.Read().Mutex.Lock();
        if (!evdev.Read().Exist)
        {
            result = -Errno.ENODEV;
        }
        else if (evdev.Write().Open++ == 0)
        {
            result = await input.OpenDevice(evdev);
            if (result != 0) evdev.Write().Open--;
        }
        evdev.Read().Mutex.Unlock();
        await kernel.Point;
        return result;
    }

    /// <summary>Models evdev_release().</summary>
    private async SimTask ReleaseFile(Ptr<EvdevClient> client)
    {
        using var frame = kernel.Enter("evdev_release");
        var evdev = client.Read().Evdev;
        await evdev.Read().Mutex.Lock();
        if (evdev.Read().Exist) await input.FlushDevice(evdev);
        evdev.Read().Mutex.Unlock();
        await kernel.Point;
        await DetachClient(evdev, client);
        kernel.Heap.Free(client);
        await CloseDevice(evdev);
    }

    /// <summary>Models evdev_close_device().</summary>
    private async SimTask CloseDevice(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("evdev_close_device");
        await evdev.Read().Mutex.Lock();
        if (evdev.Read().Exist && --evdev.Write().Open == 0) await input.CloseDevice(evdev);
        evdev.Read().Mutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models evdev_detach_client(): afterwards no event is on its way to it.</summary>
    private async SimTask DetachClient(Ptr<Evdev> evdev, Ptr<EvdevClient> client)
    {
        using var frame = kernel.Enter("evdev_detach_client");
        await evdev.Read().ClientLock.LockIrqSave();
        evdev.Write().Clients.Remove(client);
        await evdev.Read().ClientLock.UnlockIrqRestore();
        await rcu.SynchronizeRcu();
    }

    /// <summary>Models evdev_read() of a blocking reader.</summary>
    private async SimTask<int> Read(Ptr<EvdevClient> client, int count)
    {
        using var frame = kernel.Enter("evdev_read");
        var evdev = client.Read().Evdev;
        while (true)
        {
            if (!evdev.Read().Exist) return -Errno.ENODEV;
            await kernel.Point;
            var read = 0;
            while (read + EventSize <= count && await FetchNextEvent(client)) read += EventSize;
            if (read != 0) return read;
            while (true)
            {
                var ticket = client.Read().Wait.Prepare();
                if (client.Read().PacketHead != client.Read().Tail || !evdev.Read().Exist) break;
                if (await client.Read().Wait.SleepInterruptible(ticket) is var killed and not 0) return killed;
            }
        }
    }

    /// <summary>Models evdev_fetch_next_event().</summary>
    /// <returns>False if there is none of a complete report.</returns>
    private async SimTask<bool> FetchNextEvent(Ptr<EvdevClient> client)
    {
        using var frame = kernel.Enter("evdev_fetch_next_event");
        await client.Read().BufferLock.LockIrqSave();
        var any = client.Read().PacketHead != client.Read().Tail;
        if (any) client.Write().Tail = (client.Read().Tail + 1) & (EvdevClient.BufferSize - 1);
        await client.Read().BufferLock.UnlockIrqRestore();
        return any;
    }

    /// <summary>Models evdev_write().</summary>
    private async SimTask<int> Write(Ptr<EvdevClient> client, InputValue[] events)
    {
        using var frame = kernel.Enter("evdev_write");
        var evdev = client.Read().Evdev;
        var result = -Errno.ENODEV;
        await evdev.Read().Mutex.Lock();
        if (evdev.Read().Exist)
        {
            foreach (var value in events)
            {
                await input.InjectEvent(evdev, value.Type, value.Code, value.Value);
                await kernel.Point; // cond_resched()
            }
            result = events.Length * EventSize;
        }
        evdev.Read().Mutex.Unlock();
        await kernel.Point;
        return result;
    }

    /// <summary>A process with an open node: what it writes turns lights on and off, one for each sector, and ends with a report.</summary>
    private sealed class EvdevFile(EvdevHandler handler, Ptr<Evdev> evdev, Ptr<EvdevClient> client) : OpenFile
    {
        private const int SectorSize = 512;
        private const int Leds = 3;
        private readonly string name = $"/dev/input/{evdev.Read().Name}";
        private int lit;

        public override string Name => name;

        public override SimTask<int> Read(ulong sector, byte[] buffer, int length) => handler.Read(client, length);

        public override SimTask<int> Write(ulong sector, byte[] data, int length)
        {
            var events = new InputValue[(length / SectorSize) + 1];
            for (var i = 0; i < events.Length - 1; i++)
            {
                var led = (int)(sector + (ulong)i) % Leds;
                lit ^= 1 << led;
                events[i] = new InputValue(EventType.Led, (ushort)led, lit >> led & 1);
            }
            return handler.Write(client, events); // the last one is the report
        }

        public override async SimTask Close()
        {
            await handler.ReleaseFile(client);
            await handler.PutCdev(evdev);
        }
    }
}
