using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>Numbers of character devices (fs/char_dev.c): which of them are taken, and what is behind them.</summary>
/// <param name="kernel">The guest.</param>
internal sealed class CharDevices(GuestKernel kernel)
{
    private readonly Ida majors = new(kernel.World, "chrdevs");
    private readonly List<Ptr<CharDevice>> map = [];

    /// <summary>Models register_chrdev() with a dynamic number, within its caller.</summary>
    public int Register() => majors.Allocate();

    /// <summary>Models unregister_chrdev() within its caller.</summary>
    public void Unregister(int major) => majors.Free(major);

    /// <summary>Models cdev_alloc() and cdev_add().</summary>
    /// <returns>NULL without memory.</returns>
    public Ptr<CharDevice> Add(int major, uint minor)
    {
        using var frame = kernel.Enter("cdev_alloc");
        var cdev = kernel.Allocate(new CharDevice(major, minor));
        if (!cdev.IsNull) map.Add(cdev);
        return cdev;
    }

    /// <summary>Models cdev_del(): nobody finds it any more; who has it open keeps it.</summary>
    public void Delete(Ptr<CharDevice> cdev)
    {
        using var frame = kernel.Enter("cdev_del");
        map.Remove(cdev);
        Put(cdev);
    }

    /// <summary>Models the lookup of chrdev_open() within its caller: what is behind a number, with a reference, or NULL.</summary>
    public Ptr<CharDevice> Get((int Major, uint Minor) number)
    {
        foreach (var cdev in map)
        {
            if (cdev.Read().Number != number) continue;
            cdev.Write().RefCount++;
            return cdev;
        }
        return Ptr<CharDevice>.Null;
    }

    /// <summary>Models cdev_put() within its caller.</summary>
    public void Put(Ptr<CharDevice> cdev)
    {
        if (--cdev.Write().RefCount == 0) kernel.Heap.Free(cdev);
    }
}
