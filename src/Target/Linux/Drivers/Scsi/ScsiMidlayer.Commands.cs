using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Sc = CcwFuzz.Target.Linux.Drivers.Scsi.ScsiConstants;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <content>Commands (drivers/scsi/scsi_lib.c).</content>
public sealed partial class ScsiMidlayer
{
    /// <summary>Models __scsi_execute(): a command of the midlayer or of sd itself; waits for its end.</summary>
    /// <param name="device">The device.</param>
    /// <param name="cdb">Command descriptor block.</param>
    /// <param name="data">Guest address of what comes from the device.</param>
    /// <param name="length">Bytes; 0 for no data.</param>
    /// <param name="timeout">Milliseconds for one attempt.</param>
    /// <param name="retries">How often it may be started again.</param>
    /// <param name="pm">Allowed while the device is being removed (RQF_PM).</param>
    internal async SimTask<ScsiOutcome> Execute(
        Ptr<ScsiDevice> device, byte[] cdb, uint data, uint length, long timeout, int retries, bool pm = false)
    {
        using var frame = kernel.Enter("__scsi_execute");
        var request = await blkMq.AllocateRequest(device.Read().Queue, RequestOp.DriverIn);
        if (request.IsNull) return new ScsiOutcome(-Errno.ENODEV, 0, -1, 0);
        var command = request.As<ScsiCommand>();
        var target = command.Write();
        Array.Clear(target.Cdb);
        cdb.CopyTo(target.Cdb, 0);
        (target.Data, target.Length, target.IsPm) = (data, length, pm);
        (target.IsPassthrough, target.IsPrepared, target.Allowed, target.Timeout) = (true, false, retries, timeout);
        await blkMq.Execute(request);
        target = command.Read();
        var outcome = target.HasSense
            ? new ScsiOutcome(target.Result, target.Residual, target.SenseKey, target.SenseCode)
            : new ScsiOutcome(target.Result, target.Residual, -1, 0);
        blkMq.FreeRequest(request);
        return outcome;
    }

    /// <summary>Models scsi_queue_rq().</summary>
    public async SimTask<BlkStatus> QueueRq(Ptr<Request> request)
    {
        using var frame = kernel.Enter("scsi_queue_rq");
        var command = request.As<ScsiCommand>();
        var device = request.Read().Queue.Read().QueueData.As<ScsiDevice>();
        var host = device.Read().Host;
        command.Write().Device = device;
        var refused = CheckState(device, request.Read().IsPm);
        if (refused != BlkStatus.Ok)
        {
            command.Write().Result = (device.Read().IsOnline ? Sc.DidError : Sc.DidNoConnect) << 16;
            return refused;
        }
        if (host.Read().IsInRecovery) return BlkStatus.DeviceResource; // started again by the error handler
        command.Write().IsInFlight = true;
        host.Write().Busy++;
        Prepare(command);
        if (await Dispatch(host, command)) return BlkStatus.Ok;
        await NotInFlight(command);
        return BlkStatus.Resource;
    }

    /// <summary>Models scsi_complete(): decides what becomes of a command that ended.</summary>
    public async SimTask Complete(Ptr<Request> request)
    {
        using var frame = kernel.Enter("scsi_complete");
        var command = request.As<ScsiCommand>();
        var disposition = Decide(command);
        if (disposition != ScsiDisposition.Success && RuntimeExceeded(command)) disposition = ScsiDisposition.Success;
        switch (disposition)
        {
            case ScsiDisposition.Success:
                await Finish(command);
                break;
            case ScsiDisposition.Failed:
                await GiveToErrorHandler(command);
                break;
            default:
                await InsertAgain(command);
                break;
        }
    }

    /// <summary>
    /// Models scsi_done() within its caller, called by the driver: true the first time, then the softirq calls <see cref="Complete"/>.
    /// </summary>
    public static bool Done(Ptr<ScsiCommand> command)
    {
        if (command.Read().IsComplete) return false;
        return command.Write().IsComplete = true;
    }

    /// <summary>Models scsi_device_state_check() within its caller.</summary>
    private static BlkStatus CheckState(Ptr<ScsiDevice> device, bool pm) => device.Read().State switch
    {
        ScsiDeviceState.Running or ScsiDeviceState.Created => BlkStatus.Ok,
        ScsiDeviceState.Offline or ScsiDeviceState.Deleted => BlkStatus.IoError,
        _ => pm ? BlkStatus.Ok : BlkStatus.Offline,
    };

    /// <summary>Models scsi_prepare_cmd(): sd builds the block for reads and writes.</summary>
    private void Prepare(Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("scsi_prepare_cmd");
        var target = command.Write();
        (target.Result, target.Residual, target.SenseLength, target.IsComplete) = (0, 0, 0, false);
        Array.Clear(target.Sense);
        if (target.IsPrepared) return;
        target.IsPrepared = true;
        target.Retries = 0;
        target.AllocatedAtTime = kernel.Scheduler.Now;
        if (!target.Bio.IsNull) Disks.InitCommand(command);
    }

    /// <summary>Models scsi_dispatch_cmd().</summary>
    /// <returns>False if the host is busy.</returns>
    private async SimTask<bool> Dispatch(Ptr<ScsiHost> host, Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("scsi_dispatch_cmd");
        var gone = command.Read().Device.Read().State == ScsiDeviceState.Deleted || host.Read().State == ScsiHostState.Deleted;
        if (!gone) return await host.Read().Template.QueueCommand(host, command);
        command.Write().Result = Sc.DidNoConnect << 16;
        if (Done(command)) await blkMq.Complete(command.As<Request>());
        return true;
    }

    /// <summary>Models scsi_decide_disposition() within its caller, scsi_error.c.</summary>
    private static ScsiDisposition Decide(Ptr<ScsiCommand> command)
    {
        var target = command.Read();
        if (!target.Device.Read().IsOnline) return ScsiDisposition.Success;
        switch (Sc.HostByte(target.Result))
        {
            case Sc.DidOk:
                break;
            case Sc.DidAbort or Sc.DidNoConnect or Sc.DidBadTarget or Sc.DidReset:
                return ScsiDisposition.Success;
            case Sc.DidTimeOut:
                return target.Cdb[0] is Sc.TestUnitReady or Sc.Inquiry ? ScsiDisposition.Success : ScsiDisposition.Failed;
            case Sc.DidError or Sc.DidBusBusy or Sc.DidTransportDisrupted:
                return RetryIfAllowed(command);
            default:
                return ScsiDisposition.Failed;
        }
        return (target.Result & 0xff) switch
        {
            Sc.TaskSetFull or Sc.Busy => ScsiDisposition.AddToQueue,
            Sc.TaskAborted => RetryIfAllowed(command),
            Sc.CheckCondition => CheckSense(command),
            _ => ScsiDisposition.Success,
        };
    }

    /// <summary>Models scsi_check_sense() within its caller: without sense data the error handler has to find out.</summary>
    private static ScsiDisposition CheckSense(Ptr<ScsiCommand> command)
    {
        var target = command.Read();
        if (!target.HasSense) return ScsiDisposition.Failed;
        if (target.Cdb[0] == Sc.TestUnitReady) return ScsiDisposition.Success;
        var retry = target.SenseKey == Sc.AbortedCommand
            || (target.SenseKey is Sc.NotReady or Sc.UnitAttention && target.SenseCode == 4 && target.SenseQualifier == 1);
        return retry ? RetryIfAllowed(command) : ScsiDisposition.Success;
    }

    private static ScsiDisposition RetryIfAllowed(Ptr<ScsiCommand> command) =>
        ++command.Write().Retries <= command.Read().Allowed ? ScsiDisposition.NeedsRetry : ScsiDisposition.Success;

    private bool RuntimeExceeded(Ptr<ScsiCommand> command)
    {
        var target = command.Read();
        return target.AllocatedAtTime + ((target.Allowed + 1) * target.Timeout) < kernel.Scheduler.Now;
    }

    /// <summary>Models scsi_finish_command() with scsi_io_completion().</summary>
    private async SimTask Finish(Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("scsi_finish_command");
        await NotInFlight(command);
        var target = command.Read();
        var again = !target.IsPassthrough && target.Result != 0 && !RuntimeExceeded(command)
            && (Sc.HostByte(target.Result) == Sc.DidReset || (target.HasSense && target.SenseKey == Sc.UnitAttention));
        if (again) Again(command);
        else blkMq.EndRequest(command.As<Request>(), StatusOf(target));
    }

    /// <summary>Models scsi_result_to_blk_status() within its caller.</summary>
    private static BlkStatus StatusOf(ScsiCommand command)
    {
        if (command.Result == 0 || (command.HasSense && command.SenseKey == Sc.RecoveredError)) return BlkStatus.Ok;
        var refused = command.HasSense && command.SenseKey == Sc.IllegalRequest && command.SenseCode is 0x20 or 0x21 or 0x22 or 0x24;
        return refused ? BlkStatus.Target : BlkStatus.IoError;
    }

    /// <summary>Models scsi_queue_insert().</summary>
    private async SimTask InsertAgain(Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("scsi_queue_insert");
        await NotInFlight(command);
        Again(command);
    }

    private void Again(Ptr<ScsiCommand> command)
    {
        command.Write().Result = 0;
        blkMq.Requeue(command.As<Request>());
    }

    /// <summary>Models scsi_dec_host_busy(): the error handler may have waited for this command.</summary>
    private async SimTask NotInFlight(Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("scsi_dec_host_busy");
        var host = command.Read().Device.Read().Host;
        if (command.Read().IsInFlight)
        {
            command.Write().IsInFlight = false;
            host.Write().Busy--;
        }
        if (!host.Read().IsInRecovery) return;
        await host.Read().HostLock.LockIrqSave();
        WakeErrorHandler(host);
        await host.Read().HostLock.UnlockIrqRestore();
    }
}
