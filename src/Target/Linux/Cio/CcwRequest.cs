using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Outcome of one internal I/O (enum io_status, io_sch.h).</summary>
internal enum IoStatus
{
    Done,
    Rejected,
    StatusError,
    PathError,
    Running,
    Killed,
}

/// <summary>What an internal I/O is for: decides what its outcome means.</summary>
internal abstract class CcwRequestOwner
{
    /// <summary>Looks at the data of a completed I/O: 0 good, -EAGAIN again, -EACCES next path, other errors final.</summary>
    public virtual int Check(Ptr<CcwDevice> cdev) => 0;

    /// <summary>May judge a status differently.</summary>
    public virtual IoStatus Filter(in Irb irb, IoStatus status) => status;

    /// <summary>The request ended with 0 or a negative errno.</summary>
    public abstract SimTask Callback(Ptr<CcwDevice> cdev, int result);
}

/// <summary>An internal I/O request (struct ccw_request, io_sch.h).</summary>
public sealed class CcwRequest
{
    internal CcwRequestOwner? Owner { get; set; }

    internal uint Program { get; set; }

    internal long Timeout { get; set; }

    internal int MaxRetries { get; set; }

    internal int Lpm { get; set; }

    internal bool SinglePath { get; set; }

    internal int Mask { get; set; }

    internal int Retries { get; set; }

    internal int DelayedResult { get; set; }

    internal bool IsDone { get; set; }

    internal bool IsCancelled { get; set; }

    internal void Prepare(CcwRequestOwner owner, uint program, int lpm, bool singlePath)
    {
        Owner = owner;
        Program = program;
        Timeout = 10_000;
        MaxRetries = 256;
        Lpm = lpm;
        SinglePath = singlePath;
        Mask = Retries = DelayedResult = 0;
        IsDone = false;
    }
}

/// <summary>Running internal I/O requests on the paths of a device (ccwreq.c).</summary>
internal sealed class CcwRequests(CioSubsystem cio)
{
    private readonly GuestKernel k = cio.Kernel;

    /// <summary>Models lpm_adjust() within its caller.</summary>
    public static int AdjustLpm(int lpm, int mask)
    {
        while (lpm != 0 && (lpm & mask) == 0) lpm >>= 1;
        return lpm;
    }

    /// <summary>Models ccw_request_start().</summary>
    public async SimTask Start(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_request_start");
        var request = Of(cdev);
        request.Retries = request.MaxRetries;
        request.Mask = AdjustLpm(request.SinglePath ? 0x8080 : request.Lpm, request.Lpm);
        request.DelayedResult = 0;
        request.IsDone = request.IsCancelled = false;
        if (request.Mask == 0) await Stop(cdev, -Errno.EACCES);
        else await Do(cdev);
    }

    /// <summary>Models ccw_request_handler(): an interrupt for the request.</summary>
    public async SimTask Interrupt(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_request_handler");
        var request = Of(cdev);
        var irb = cio.Interrupts.ThisCpu;
        var status = request.Owner!.Filter(irb, await Status(cdev, irb));
        if (status != IoStatus.Running) cio.Fsm.SetTimeout(cdev, 0);
        switch (status)
        {
            case IoStatus.Running:
                return;
            case IoStatus.Rejected:
                await Stop(cdev, -Errno.EOPNOTSUPP);
                return;
            case IoStatus.PathError:
                await NextPathOrStop(cdev);
                return;
            case IoStatus.Killed when request.IsCancelled:
                await Stop(cdev, -Errno.EIO);
                return;
            case IoStatus.StatusError or IoStatus.Killed:
                await Do(cdev);
                return;
        }
        switch (request.Owner.Check(cdev))
        {
            case 0:
                await Stop(cdev, 0);
                return;
            case -Errno.EAGAIN:
                await Do(cdev);
                return;
            case -Errno.EACCES:
                await NextPathOrStop(cdev);
                return;
            default:
                await Stop(cdev, -Errno.EOPNOTSUPP);
                return;
        }
    }

    /// <summary>Models ccw_request_cancel(). Called with the subchannel's lock held.</summary>
    public async SimTask Cancel(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_request_cancel");
        if (Of(cdev).IsDone) return;
        Of(cdev).IsCancelled = true;
        var result = cio.Ops.Clear(cdev.Read().Sch);
        if (result != 0) await Stop(cdev, result);
    }

    /// <summary>Models ccw_request_timeout().</summary>
    public async SimTask Timeout(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_request_timeout");
        var sch = cdev.Read().Sch;
        if (cio.Ops.UpdateSchib(sch) != 0)
        {
            await Stop(cdev, -Errno.ENODEV);
            return;
        }
        if (NextPath(cdev) == 0) Of(cdev).DelayedResult = -Errno.ETIME;
        var result = cio.Ops.Clear(sch);
        if (result != 0) await Stop(cdev, result);
    }

    /// <summary>Models ccw_request_notoper().</summary>
    public async SimTask NotOper(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_request_notoper");
        await Stop(cdev, -Errno.ENODEV);
    }

    private static CcwRequest Of(Ptr<CcwDevice> cdev) => cdev.Read().Private.Write().Request;

    /// <summary>Models ccwreq_next_path() within its caller: 0 if there is none.</summary>
    private static int NextPath(Ptr<CcwDevice> cdev)
    {
        var request = Of(cdev);
        if (!request.SinglePath)
        {
            request.Mask = 0;
            return 0;
        }
        request.Retries = request.MaxRetries;
        request.Mask = AdjustLpm(request.Mask >> 1, request.Lpm);
        return request.Mask;
    }

    private async SimTask NextPathOrStop(Ptr<CcwDevice> cdev)
    {
        if (NextPath(cdev) == 0) await Stop(cdev, -Errno.EACCES);
        else await Do(cdev);
    }

    /// <summary>Models ccwreq_stop().</summary>
    private async SimTask Stop(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = k.Enter("ccwreq_stop");
        var request = Of(cdev);
        if (request.IsDone) return;
        request.IsDone = true;
        cio.Fsm.SetTimeout(cdev, 0);
        cdev.Read().Private.Write().Irb = default;
        if (result != 0 && result != -Errno.ENODEV && request.DelayedResult != 0) result = request.DelayedResult;
        await request.Owner!.Callback(cdev, result);
    }

    /// <summary>Models ccwreq_do().</summary>
    private async SimTask Do(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccwreq_do");
        var request = Of(cdev);
        var sch = cdev.Read().Sch;
        var result = -Errno.EACCES;
        while (request.Mask != 0)
        {
            if (request.Retries-- == 0)
            {
                NextPath(cdev);
                continue;
            }
            cdev.Read().Private.Write().Irb = default;
            result = cio.Ops.Start(sch, request.Program, (byte)request.Mask);
            if (result == 0)
            {
                cio.Fsm.SetTimeout(cdev, request.Timeout);
                return;
            }
            if (result == -Errno.ENODEV) break;
            if (result == -Errno.EACCES)
            {
                NextPath(cdev);
                continue;
            }
            result = cio.Ops.Clear(sch);
            if (result != 0) break;
            return;
        }
        await Stop(cdev, result);
    }

    /// <summary>Models ccwreq_status() within its caller.</summary>
    private async SimTask<IoStatus> Status(Ptr<CcwDevice> cdev, Irb irb)
    {
        if (await cio.Status.AccumulateAndSense(cdev, irb) != 0) return IoStatus.Running;
        var own = cdev.Read().Private.Read().Irb;
        if ((own.Fctl & (ScswBits.FctlHalt | ScswBits.FctlClear)) != 0) return IoStatus.Killed;
        if (own.Cc == 3 || own.Pno) return IoStatus.PathError;
        if (own.Cons) return (own.Sense0 & SenseBytes.CommandReject) != 0 ? IoStatus.Rejected : IoStatus.StatusError;
        if (own.Cstat != 0) return IoStatus.StatusError;
        if ((own.Dstat & ~(ScswBits.DstatChannelEnd | ScswBits.DstatDeviceEnd)) != 0) return IoStatus.StatusError;
        if ((own.Dstat & ScswBits.DstatDeviceEnd) == 0) return IoStatus.Running;
        if (own.Cc == 1 && (own.Stctl & ScswBits.StctlAlert) != 0) return IoStatus.StatusError;
        return IoStatus.Done;
    }
}
