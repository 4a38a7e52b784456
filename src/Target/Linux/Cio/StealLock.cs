using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Breaking the reservation that somebody else has on a device (ccw_device_stlck, device_pgid.c).</summary>
internal sealed class StealLock(CioSubsystem cio)
{
    private const byte CcwCmdStealLock = 0x14;
    private const byte CcwCmdRelease = 0x94;
    private const byte CcwFlagChain = 0x40;
    private const uint BufferSize = 64;
    private const ushort HalfBuffer = 32;
    private readonly GuestKernel k = cio.Kernel;

    /// <summary>Models ccw_device_stlck(), for a device that is boxed.</summary>
    /// <returns>0, -EINVAL if the driver does not allow it, or what the channel program ended with.</returns>
    public async SimTask<int> Perform(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_stlck");
        var sch = cdev.Read().Sch;
        if (cdev.Read().Drv is not null && (cdev.Read().Private.Read().Options & CcwDeviceOptions.AllowForce) == 0)
            return -Errno.EINVAL;
        if (k.Faults.Fails(AllocationKind.Heap)) return -Errno.ENOMEM;
        var buffer = k.Memory.Allocate(BufferSize, "buffer of ccw_device_stlck", GuestMemory.Granule);
        var holds = k.Variant.Has(Remedies.HoldSubchannel) && k.Core.Get(sch.As<Device>());
        await cio.Lock(sch.Read().LockPtr);
        var result = cio.Ops.Enable(sch);
        if (result == 0) result = await PerformEnabled(cdev, sch, buffer);
        await cio.UnlockPoint(sch.Read().LockPtr);
        if (holds) await k.Core.Put(sch.As<Device>());
        k.Memory.Free(buffer);
        return result;
    }

    private async SimTask<int> PerformEnabled(Ptr<CcwDevice> cdev, Ptr<Subchannel> sch, uint buffer)
    {
        var request = new Request(new WaitQueue(k.World, "for the reservation to be broken (ccw_device_stlck)"));
        cio.Fsm.SetState(cdev, DevState.StealLock);
        await Start(cdev, sch, request, buffer);
        await cio.UnlockPoint(sch.Read().LockPtr);
        var wasKilled = false;
        while (true)
        {
            var ticket = request.Completion.Prepare();
            if (request.IsComplete) break;
            if (wasKilled)
            {
                await request.Completion.Sleep(ticket);
            }
            else if (await request.Completion.SleepInterruptible(ticket) != 0)
            {
                wasKilled = true;
                await cio.Lock(sch.Read().LockPtr);
                await cio.Requests.Cancel(cdev);
                await cio.UnlockPoint(sch.Read().LockPtr);
            }
        }
        await cio.Lock(sch.Read().LockPtr);
        if (k.Variant.Has(Remedies.HoldSubchannel) && cdev.Read().Sch != sch) return request.Result; // it left meanwhile
        cio.Ops.Disable(sch);
        cio.Fsm.SetState(cdev, DevState.Boxed);
        return request.Result;
    }

    /// <summary>Models ccw_device_stlck_start() and stlck_build_cp().</summary>
    private async SimTask Start(Ptr<CcwDevice> cdev, Ptr<Subchannel> sch, Request request, uint buffer)
    {
        using var frame = k.Enter("ccw_device_stlck_start");
        var program = cio.InternalCcw(cdev);
        cio.WriteCcw(program, CcwCmdStealLock, CcwFlagChain, HalfBuffer, buffer);
        cio.WriteCcw(program + CioSubsystem.CcwSize, CcwCmdRelease, 0, HalfBuffer, buffer + HalfBuffer);
        cdev.Read().Private.Write().Request.Prepare(request, program, sch.Read().Schib.Pmcw.Pam & sch.Read().Opm, singlePath: false);
        await cio.Requests.Start(cdev);
    }

    /// <summary>The request and whoever waits for it (struct stlck_data).</summary>
    private sealed class Request(WaitQueue completion) : CcwRequestOwner
    {
        public WaitQueue Completion => completion;

        public bool IsComplete { get; private set; }

        public int Result { get; private set; } = -Errno.EIO;

        /// <summary>Models stlck_callback() within its caller.</summary>
        public override SimTask Callback(Ptr<CcwDevice> cdev, int result)
        {
            Result = result;
            IsComplete = true;
            completion.WakeUp();
            return SimTask.Done;
        }
    }
}
