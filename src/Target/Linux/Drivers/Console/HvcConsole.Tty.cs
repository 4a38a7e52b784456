using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>/dev/hvcN: terminals (drivers/tty/tty_io.c and the hvc_ops), as much of them as a hangup touches.</content>
public sealed partial class HvcConsole
{
    private readonly Mutex ttyMutex = new(kernel.World, "tty_mutex");
    private readonly List<Ptr<TtyStruct>> ttys = [];

    /// <summary>Models tty_open() with hvc_install().</summary>
    /// <returns>Null if the console is gone.</returns>
    private async SimTask<OpenFile?> Open(int index)
    {
        using var frame = kernel.Enter("tty_open");
        await ttyMutex.Lock();
        var tty = FindTty(index);
        if (tty.IsNull && await GetByIndex(index) is { IsNull: false } hp)
        {
            tty = kernel.Allocate(new TtyStruct(kernel.World) { Hvc = hp });
            if (tty.IsNull) await Put(hp);
            else ttys.Add(tty);
        }
        var file = new TtyFile(this, tty, $"/dev/hvc{index}");
        if (!tty.IsNull) tty.Write().Files.Add(file);
        ttyMutex.Unlock();
        await kernel.Point;
        if (tty.IsNull) return null;
        if (await OpenConsole(tty) == 0) return file;
        await Release(tty, file);
        return null;
    }

    /// <summary>Models hvc_open().</summary>
    private async SimTask<int> OpenConsole(Ptr<TtyStruct> tty)
    {
        using var frame = kernel.Enter("hvc_open");
        var hp = tty.Read().Hvc;
        if (hp.Write().OpenCount++ > 0)
        {
            Kick();
            return 0;
        }
        SetTty(hp, tty);
        await kernel.Point;
        var result = await hp.Read().Ops.NotifierAdd(hp.Read().Vtermno);
        Kick();
        return result;
    }

    /// <summary>Models tty_release() with hvc_close(): the last file takes the terminal along.</summary>
    internal async SimTask Release(Ptr<TtyStruct> tty, TtyFile file)
    {
        using var frame = kernel.Enter("tty_release");
        await tty.Read().Lock.Lock();
        var hp = tty.Read().Hvc;
        if (!file.IsHungUp && --hp.Write().OpenCount == 0) SetTty(hp, Ptr<TtyStruct>.Null);
        tty.Read().Lock.Unlock();
        await ttyMutex.Lock();
        tty.Write().Files.Remove(file);
        var isLast = tty.Read().Files.Count == 0;
        if (isLast) ttys.Remove(tty);
        ttyMutex.Unlock();
        if (isLast) PutTty(tty);
    }

    /// <summary>Models __tty_hangup() with hvc_hangup().</summary>
    private async SimTask Hangup(Ptr<TtyStruct> tty)
    {
        using var frame = kernel.Enter("__tty_hangup");
        await tty.Read().Lock.Lock();
        foreach (var file in tty.Read().Files) file.IsHungUp = true;
        tty.Read().Readers.WakeUp();
        var hp = tty.Read().Hvc;
        if (hp.Read().OpenCount > 0)
        {
            hp.Write().OpenCount = 0;
            SetTty(hp, Ptr<TtyStruct>.Null);
            hp.Write().OutCount = 0;
        }
        tty.Read().Lock.Unlock();
        await kernel.Point;
    }

    /// <summary>Models tty_hangup() within its caller: from where nothing may sleep.</summary>
    private void HangupLater(Ptr<TtyStruct> tty)
    {
        tty.Write().RefCount++;
        new SystemWork(kernel.World, "do_tty_hangup", async () =>
        {
            await Hangup(tty);
            PutTty(tty);
        }).Schedule();
    }

    /// <summary>Models hvc_write().</summary>
    internal async SimTask<int> Write(Ptr<TtyStruct> tty, TtyFile file, byte[] data, int count)
    {
        using var frame = kernel.Enter("hvc_write");
        if (file.IsHungUp) return -Errno.EIO;
        var hp = tty.Read().Hvc;
        if (hp.Read().OpenCount <= 0) return -Errno.EIO;
        var written = 0;
        while (written < count)
        {
            await hp.Read().Lock.LockIrqSave();
            var target = hp.Write();
            var size = Math.Min(OutbufSize - target.OutCount, count - written);
            data.AsSpan(written, size).CopyTo(target.Outbuf.AsSpan(target.OutCount));
            target.OutCount += size;
            written += size;
            var pushed = target.OutCount > 0 ? await Push(hp) : 0;
            await hp.Read().Lock.UnlockIrqRestore();
            if (pushed == 0) break;
        }
        Kick();
        return written;
    }

    /// <summary>Models n_tty_read(), without lines.</summary>
    internal async SimTask<int> Read(Ptr<TtyStruct> tty, TtyFile file, int count)
    {
        using var frame = kernel.Enter("n_tty_read");
        while (true)
        {
            var ticket = tty.Read().Readers.Prepare();
            if (file.IsHungUp) return 0;
            if (tty.Read().Available > 0) break;
            await tty.Read().Readers.Sleep(ticket);
        }
        count = Math.Min(count, tty.Read().Available);
        tty.Write().Available -= count;
        return count;
    }

    /// <summary>Models tty_driver_lookup_tty() within its caller: also one that was hung up, as long as somebody keeps it.</summary>
    private Ptr<TtyStruct> FindTty(int index)
    {
        foreach (var tty in ttys)
            if (tty.Read().Hvc.Read().Index == index) return tty;
        return Ptr<TtyStruct>.Null;
    }

    /// <summary>Models tty_port_tty_get() within its caller.</summary>
    private static Ptr<TtyStruct> GetTty(Ptr<HvcStruct> hp)
    {
        var tty = hp.Read().Tty;
        if (!tty.IsNull) tty.Write().RefCount++;
        return tty;
    }

    /// <summary>Models tty_port_tty_set() within its caller.</summary>
    private void SetTty(Ptr<HvcStruct> hp, Ptr<TtyStruct> tty)
    {
        var old = hp.Read().Tty;
        if (!tty.IsNull) tty.Write().RefCount++;
        hp.Write().Tty = tty;
        if (!old.IsNull) PutTty(old);
    }

    /// <summary>Models tty_kref_put() within its caller: the last reference has a worker free the terminal, and put its console.</summary>
    private void PutTty(Ptr<TtyStruct> tty)
    {
        if (--tty.Write().RefCount > 0) return;
        new SystemWork(kernel.World, "release_one_tty", async () =>
        {
            await Put(tty.Read().Hvc);
            kernel.Heap.Free(tty);
        }).Schedule();
    }
}
