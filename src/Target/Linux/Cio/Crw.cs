using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Channel report words: the machine check and the kmcheck thread (crw.c).</summary>
internal sealed class CrwHandling
{
    private readonly GuestKernel k;
    private readonly Css css;
    private readonly Mutex handlerMutex;
    private readonly WaitQueue waitQueue;
    private int requests;

    public CrwHandling(CioSubsystem cio)
    {
        k = cio.Kernel;
        css = cio.Css;
        handlerMutex = new Mutex(k.World, "crw_handler_mutex");
        waitQueue = new WaitQueue(k.World, "for channel reports (crw_handler_wait_q)");
        k.Scheduler.SetVector(InterruptClass.MachineCheck, MachineCheck);
        k.Scheduler.Spawn(ContextKind.KernelThread, "kmcheck", CollectInfo);
    }

    /// <summary>Models crw_wait_for_channel_report().</summary>
    public async SimTask WaitForChannelReport()
    {
        using var frame = k.Enter("crw_wait_for_channel_report");
        HandleChannelReport();
        while (true)
        {
            var ticket = waitQueue.Prepare();
            if (requests == 0) return;
            await waitQueue.Sleep(ticket);
        }
    }

    /// <summary>
    /// Models s390_handle_mcck(): a machine check that says that channel reports are pending wakes the thread that fetches them.
    /// </summary>
    private SimTask MachineCheck(PendingInterrupt interrupt)
    {
        using var frame = k.Enter("s390_handle_mcck");
        HandleChannelReport();
        return SimTask.Done;
    }

    /// <summary>Models crw_handle_channel_report().</summary>
    private void HandleChannelReport()
    {
        using var frame = k.Enter("crw_handle_channel_report");
        requests++;
        waitQueue.WakeUp();
    }

    /// <summary>Models crw_collect_info(), the body of kmcheck.</summary>
    private async SimTask CollectInfo()
    {
        using var frame = k.Enter("crw_collect_info");
        while (true)
        {
            var ticket = waitQueue.Prepare();
            if (requests <= 0)
            {
                await waitQueue.Sleep(ticket, idle: true);
                continue;
            }
            await CollectPending();
            if (--requests == 0) waitQueue.WakeUp();
        }
    }

    private async SimTask CollectPending()
    {
        Crw first = default;
        var chain = 0;
        while (true)
        {
            if (k.Channel.StoreChannelReportWord(out var crw) != InstructionResult.Cc0) return;
            if (chain > 1)
            {
                chain = crw.IsChained ? chain + 1 : 0;
                continue;
            }
            if (chain == 0) first = crw;
            await k.Point;
            if (crw.IsOverflow)
            {
                await handlerMutex.Lock();
                await css.ProcessCrwOverflow();
                handlerMutex.Unlock();
                chain = 0;
                continue;
            }
            if (first.IsChained && chain == 0)
            {
                chain = 1;
                continue;
            }
            await handlerMutex.Lock();
            if (crw.Source == ReportingSource.Subchannel) await css.ProcessCrw(first, crw, chained: chain == 1);
            handlerMutex.Unlock();
            chain = crw.IsChained ? chain + 1 : 0;
        }
    }
}
