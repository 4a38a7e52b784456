using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>The I/O interrupt handler (cio.c).</summary>
internal sealed class CioInterrupts
{
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;
    private readonly Irb[] cioIrb = new Irb[4];

    public CioInterrupts(CioSubsystem cio)
    {
        this.cio = cio;
        k = cio.Kernel;
        k.Scheduler.SetVector(InterruptClass.Io, DoCioInterrupt);
    }

    /// <summary>The interruption-response block of the running CPU (this_cpu_ptr(&amp;cio_irb)).</summary>
    public ref Irb ThisCpu => ref cioIrb[k.Scheduler.Current.Cpu?.Id ?? 0];

    /// <summary>Models do_cio_interrupt().</summary>
    private async SimTask DoCioInterrupt(PendingInterrupt interrupt)
    {
        using var frame = k.Enter("do_cio_interrupt");
        k.World.Assert(SubchannelId.TryParse(interrupt.Key, out var id), "an interrupt names no subchannel");
        if (interrupt.Parameter == 0)
        {
            k.Channel.TestSubchannel(id, out ThisCpu);
            return;
        }
        var sch = k.Heap.At<Subchannel>(interrupt.Parameter);
        await cio.Lock(sch.Read().LockPtr);
        if (k.Channel.TestSubchannel(id, out ThisCpu) == InstructionResult.Cc0)
        {
            cio.Watch?.Collected(sch);
            sch.Write().SetScsw(ThisCpu.Scsw);
            if (sch.Read().HasDriver) await IoSubchannelIrq(sch);
        }
        cio.Unlock(sch.Read().LockPtr);
    }

    /// <summary>Models io_subchannel_irq().</summary>
    private async SimTask IoSubchannelIrq(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("io_subchannel_irq");
        var cdev = CioSubsystem.GetCdev(sch);
        if (!cdev.IsNull) await cio.Fsm.Event(cdev, DevEvent.Interrupt);
    }
}
