using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>Consoles of the hypervisor (drivers/tty/hvc/hvc_console.c): each has a node, and one thread polls them all.</summary>
/// <remarks>The model never makes one of them the kernel's own console, and it has no sizes and no line discipline.</remarks>
/// <param name="kernel">The guest.</param>
/// <param name="nodes">The nodes in /dev.</param>
public sealed partial class HvcConsole(GuestKernel kernel, DeviceNodes nodes)
{
    /// <summary>Bytes of the output buffer; a page in the kernel.</summary>
    internal const int OutbufSize = 4096;

    private const int InputSize = 16;
    private readonly Mutex structsMutex = new(kernel.World, "hvc_structs_mutex");
    private readonly List<Ptr<HvcStruct>> structs = [];
    private readonly byte[] input = new byte[InputSize];
    private KernelThread? thread;
    private readonly List<bool> indices = [];
    private bool kicked;

    /// <summary>Models hvc_alloc().</summary>
    /// <param name="vtermno">Number of the console for <paramref name="ops"/>.</param>
    /// <param name="ops">What is behind it.</param>
    /// <param name="busId">Bus id of the ccw device behind it.</param>
    /// <returns>NULL without memory.</returns>
    public async SimTask<Ptr<HvcStruct>> Allocate(uint vtermno, IHvcOps ops, string busId)
    {
        using var frame = kernel.Enter("hvc_alloc");
        thread ??= KernelThread.Run(kernel.World, "khvcd", Poll);
        var hp = kernel.Allocate(new HvcStruct(kernel.World) { Ops = ops, Vtermno = vtermno });
        if (hp.IsNull) return hp;
        await structsMutex.Lock();
        hp.Write().Index = TakeIndex();
        structs.Add(hp);
        structsMutex.Unlock();
        hp.Write().Node = nodes.Add(busId, $"/dev/hvc{hp.Read().Index}", () => Open(hp.Read().Index));
        await kernel.Point;
        return hp;
    }

    /// <summary>Models hvc_remove(): who has the terminal open is hung up.</summary>
    public async SimTask Remove(Ptr<HvcStruct> hp)
    {
        using var frame = kernel.Enter("hvc_remove");
        var tty = GetTty(hp);
        await hp.Read().Lock.LockIrqSave();
        nodes.Remove(hp.Read().Node);
        indices[hp.Read().Index] = false;
        await hp.Read().Lock.UnlockIrqRestore();
        await Put(hp);
        if (tty.IsNull) return;
        await Hangup(tty);
        PutTty(tty);
    }

    /// <summary>Models hvc_kick() within its caller.</summary>
    public void Kick()
    {
        kicked = true;
        thread?.Wake();
    }

    /// <summary>Models __hvc_poll(): pushes what was written, and takes what can be read.</summary>
    /// <returns>Whether there is more to do.</returns>
    public async SimTask<bool> Poll(Ptr<HvcStruct> hp)
    {
        using var frame = kernel.Enter("__hvc_poll");
        await hp.Read().Lock.LockIrqSave();
        if (hp.Read().OutCount > 0) await Push(hp);
        var more = hp.Read().OutCount > 0;
        var tty = GetTty(hp);
        var hangup = false;
        while (!tty.IsNull)
        {
            var count = await hp.Read().Ops.GetChars(hp.Read().Vtermno, input, InputSize);
            if (count > 0)
            {
                tty.Write().Available += count;
                continue;
            }
            hangup = count == -Errno.EPIPE;
            break;
        }
        await hp.Read().Lock.UnlockIrqRestore();
        if (tty.IsNull) return more;
        if (hangup) HangupLater(tty);
        if (tty.Read().Available > 0) tty.Read().Readers.WakeUp();
        PutTty(tty);
        return more;
    }

    /// <summary>Models hvc_push(), the console's lock held.</summary>
    /// <returns>Bytes that went out, or a negative errno: then all of them are thrown away.</returns>
    private async SimTask<int> Push(Ptr<HvcStruct> hp)
    {
        using var frame = kernel.Enter("hvc_push");
        var target = hp.Read();
        var count = await target.Ops.PutChars(target.Vtermno, target.Outbuf, target.OutCount);
        if (count is 0 or -Errno.EAGAIN) return 0;
        var left = count < 0 ? 0 : hp.Read().OutCount - count;
        if (left > 0) target.Outbuf.AsSpan(count, left).CopyTo(target.Outbuf);
        hp.Write().OutCount = left;
        return count;
    }

    /// <summary>Models khvcd().</summary>
    private async SimTask Poll(KernelThread me)
    {
        using var frame = kernel.Enter("khvcd");
        while (!me.ShouldStop)
        {
            kicked = false;
            await structsMutex.Lock();
            for (var i = 0; i < structs.Count; i++)
            {
                await Poll(structs[i]);
                await kernel.Point;
            }
            structsMutex.Unlock();
            // A console that cannot take everything is polled again later; the next kick does that here.
            var ticket = me.Prepare();
            if (!kicked) await me.Sleep(ticket);
        }
    }

    /// <summary>The lowest number that no console has; one that is only kept alive by its terminal has none any more.</summary>
    private int TakeIndex()
    {
        var free = indices.IndexOf(false);
        if (free < 0)
        {
            free = indices.Count;
            indices.Add(true);
        }
        indices[free] = true;
        return free;
    }

    /// <summary>Models hvc_get_by_index(): with a reference, or NULL.</summary>
    private async SimTask<Ptr<HvcStruct>> GetByIndex(int index)
    {
        using var frame = kernel.Enter("hvc_get_by_index");
        await structsMutex.Lock();
        var found = Ptr<HvcStruct>.Null;
        foreach (var hp in structs)
        {
            if (!found.IsNull || hp.Read().Index != index) continue;
            if (hp.Read().RefCount == 0 && kernel.Variant.Has(Remedies.HeldConsole)) continue;
            if (hp.Read().RefCount == 0)
                kernel.World.Fail(hp.Read().Describe(ViolationKind.RefCount, "tty_port_get() on a struct hvc_struct without reference"));
            hp.Write().RefCount++;
            found = hp;
        }
        structsMutex.Unlock();
        return found;
    }

    /// <summary>Models hvc_port_destruct() with tty_port_put().</summary>
    private async SimTask Put(Ptr<HvcStruct> hp)
    {
        if (--hp.Write().RefCount > 0) return;
        using var frame = kernel.Enter("hvc_port_destruct");
        await structsMutex.Lock();
        structs.Remove(hp);
        structsMutex.Unlock();
        kernel.Heap.Free(hp);
    }
}
