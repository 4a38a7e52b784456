using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Deferred work of a ccw device (ccw_device_sched_todo and ccw_device_todo, device.c).</summary>
internal sealed class CcwTodos(CioSubsystem cio)
{
    private readonly GuestKernel k = cio.Kernel;

    /// <summary>Models ccw_device_sched_todo(). Called with the ccw device lock held.</summary>
    public async SimTask Schedule(Ptr<CcwDevice> cdev, CdevTodo todo)
    {
        using var frame = k.Enter("ccw_device_sched_todo");
        var priv = cdev.Read().Private;
        if (priv.Read().Todo >= todo) return;
        priv.Write().Todo = todo;
        k.World.Trace.Add(TraceKind.State, $"{cdev.Read().Name}: queue {todo}");
        if (!k.Core.Get(cdev.As<Device>())) return;
        if (!cio.WorkQueue.Queue(priv.Read().TodoWork)) await k.Core.Put(cdev.As<Device>());
    }

    /// <summary>Models ccw_device_todo(), on the work queue.</summary>
    public async SimTask Run(Ptr<CcwDevicePrivate> priv)
    {
        var cdev = priv.Read().Cdev;
        var sch = cdev.Read().Sch;
        await cio.LockCcw(cdev);
        var todo = priv.Read().Todo;
        priv.Write().Todo = CdevTodo.Nothing;
        await cio.UnlockCcw(cdev);
        switch (todo)
        {
            case CdevTodo.Rebind:
                await UnbindBind(cdev);
                break;
            case CdevTodo.Register:
                await cio.Devices.Register(cdev);
                break;
            case CdevTodo.UnregEval or CdevTodo.Unreg:
                if (todo == CdevTodo.UnregEval && !cio.IsPseudo(sch)) cio.Css.ScheduleEval(sch.Read().Id);
                if (k.Variant.Has(Defects.TodoUnregKillsSch) && !cio.IsPseudo(sch)) await UnregisterSubchannel(sch);
                else await cio.Devices.DetachAndUnregister(cdev, sch, wasReported: false);
                break;
        }
        await k.Core.Put(cdev.As<Device>());
    }

    /// <summary>Models ccw_device_call_sch_unregister(), which there was up to v5.14.</summary>
    private async SimTask UnregisterSubchannel(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("ccw_device_call_sch_unregister");
        if (!k.Core.Get(sch.As<Device>())) return;
        await cio.Css.UnregisterSubchannel(sch);
        await k.Core.Put(sch.As<Device>());
    }

    /// <summary>Models ccw_device_do_unbind_bind().</summary>
    private async SimTask UnbindBind(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_do_unbind_bind");
        if (!cdev.Read().IsRegistered) return;
        await k.Core.Binding.ReleaseDriver(cdev.As<Device>());
        await k.Core.Binding.Attach(cdev.As<Device>());
    }
}
