using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Sc = CcwFuzz.Target.Linux.Drivers.Scsi.ScsiConstants;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <content>
/// The error handler (drivers/scsi/scsi_error.c), as far as virtio-scsi reaches it: a command that ended in a way nobody
/// understands. A command that does not end never gets here, because virtscsi_eh_timed_out() restarts its timer for ever.
/// </content>
public sealed partial class ScsiMidlayer
{
    /// <summary>Models scsi_block_when_processing_errors().</summary>
    internal async SimTask<bool> BlockWhenProcessingErrors(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("scsi_block_when_processing_errors");
        var host = device.Read().Host;
        while (true)
        {
            var ticket = host.Read().HostWait.Prepare();
            if (!host.Read().IsInRecovery) return device.Read().IsOnline;
            await host.Read().HostWait.Sleep(ticket);
        }
    }

    private static void WakeErrorHandler(Ptr<ScsiHost> host)
    {
        if (host.Read().Failed.Count > 0 && host.Read().Busy == host.Read().Failed.Count) host.Read().ErrorHandler?.Wake();
    }

    /// <summary>Models scsi_eh_scmd_add().</summary>
    private async SimTask GiveToErrorHandler(Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("scsi_eh_scmd_add");
        var host = command.Read().Device.Read().Host;
        await host.Read().HostLock.LockIrqSave();
        if (!host.Write().SetState(ScsiHostState.Recovery)) host.Write().SetState(ScsiHostState.CancelRecovery);
        host.Write().Failed.Add(command);
        WakeErrorHandler(host);
        await host.Read().HostLock.UnlockIrqRestore();
    }

    /// <summary>Models scsi_error_handler(): works when all commands of the host have failed or ended.</summary>
    private async SimTask ErrorHandler(Ptr<ScsiHost> host, KernelThread thread)
    {
        using var frame = kernel.Enter("scsi_error_handler");
        while (true)
        {
            var ticket = thread.Prepare();
            if (thread.ShouldStop) return;
            if (host.Read().Failed.Count == 0 || host.Read().Failed.Count != host.Read().Busy)
            {
                await thread.Sleep(ticket);
                continue;
            }
            await Unjam(host);
            await Restart(host);
        }
    }

    /// <summary>Models scsi_unjam_host(): a device reset for each device; without success the device goes offline.</summary>
    private async SimTask Unjam(Ptr<ScsiHost> host)
    {
        using var frame = kernel.Enter("scsi_unjam_host");
        var failed = host.Read().Failed.ToArray();
        foreach (var command in failed)
        {
            if (!await host.Read().Template.ResetDevice(command))
            {
                await command.Read().Device.Read().StateMutex.Lock();
                command.Read().Device.Write().SetState(ScsiDeviceState.Offline);
                command.Read().Device.Read().StateMutex.Unlock();
                await kernel.Point;
            }
        }
        host.Write().Failed.Clear();
        foreach (var command in failed)
        {
            if (command.Read().Device.Read().IsOnline && RetryIfAllowed(command) == ScsiDisposition.NeedsRetry)
            {
                await InsertAgain(command);
            }
            else
            {
                if (command.Read().Result == 0) command.Write().Result = Sc.DidTimeOut << 16;
                await Finish(command);
            }
        }
    }

    /// <summary>Models scsi_restart_operations().</summary>
    private async SimTask Restart(Ptr<ScsiHost> host)
    {
        using var frame = kernel.Enter("scsi_restart_operations");
        await host.Read().HostLock.LockIrqSave();
        if (!host.Write().SetState(ScsiHostState.Running) && !host.Write().SetState(ScsiHostState.Cancel))
            host.Write().SetState(ScsiHostState.Deleted);
        foreach (var device in host.Read().Devices) device.Read().Queue.Read().RunWork.Schedule();
        await host.Read().HostLock.UnlockIrqRestore();
        host.Read().HostWait.WakeUp();
    }
}
