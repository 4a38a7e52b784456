using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Channel;

/// <content>Channel reports.</content>
public sealed partial class ChannelSubsystem
{
    private readonly Queue<Crw> crws = new();
    private bool crwsLost;
    private bool machineCheckArmed = true;
    private bool loseNextMachineCheck;

    /// <summary>Words that fit into the queue; QEMU loses one only when it can't allocate memory.</summary>
    public int CrwCapacity { get; set; } = int.MaxValue;

    /// <summary>Words that were ever queued, read and lost since the last reset; for observers.</summary>
    internal int CrwsQueued { get; set; }

    /// <summary>Words that were read.</summary>
    internal int CrwsRead { get; private set; }

    /// <summary>Words that were lost; the next one says so.</summary>
    internal int CrwsLost { get; private set; }

    /// <summary>Words that wait for STORE CHANNEL REPORT WORD.</summary>
    public int PendingCrws => crws.Count;

    /// <summary>Whether the next word raises a machine check; it is disarmed until the guest found the queue empty.</summary>
    public bool IsMachineCheckArmed => machineCheckArmed;

    /// <summary>Models css_do_stcrw() with ioinst_handle_stcrw(): STORE CHANNEL REPORT WORD.</summary>
    /// <param name="crw">The oldest word, or zero.</param>
    /// <returns>Cc0, or Cc1 if there was none; machine checks are armed again then.</returns>
    public InstructionResult StoreChannelReportWord(out Crw crw)
    {
        using var _ = world.Enter("css_do_stcrw");
        var found = crws.TryDequeue(out crw);
        if (found)
        {
            CrwsRead++;
            Watch?.CrwRead(crw);
        }
        if (!found) machineCheckArmed = true;
        world.Trace.Add(TraceKind.Instruction, $"stcrw cc={(found ? 0 : 1)} crw={crw.Word:x8}");
        return found ? InstructionResult.Cc0 : InstructionResult.Cc1;
    }

    /// <summary>Reports something (css_queue_crw, css_crw_add_to_queue).</summary>
    /// <param name="source">What reports.</param>
    /// <param name="recovery">What happened.</param>
    /// <param name="solicited">Whether the program asked for it.</param>
    /// <param name="chained">Whether another word follows that belongs to this one.</param>
    /// <param name="sourceId">Which one.</param>
    public void QueueCrw(ReportingSource source, ErrorRecovery recovery, bool solicited, bool chained, ushort sourceId)
    {
        using var _ = world.Enter("css_queue_crw");
        var flags = (solicited ? CrwFlags.Solicited : 0) | (chained ? CrwFlags.Chained : 0) | (crwsLost ? CrwFlags.Overflow : 0);
        crwsLost = false;
        var crw = new Crw(flags, source, recovery, sourceId);
        world.Trace.Add(
            TraceKind.Crw,
            $"queueing crw: rsc=0x{(byte)source:x}, erc=0x{(byte)recovery:x}, rsid=0x{sourceId:x}{(chained ? " (chained)" : "")}");
        CrwsQueued++;
        if (crws.Count >= CrwCapacity)
        {
            CrwsLost++;
            crwsLost = true;
            return;
        }
        crws.Enqueue(crw);
        if (!machineCheckArmed) return;
        machineCheckArmed = false;
        InjectMachineCheck();
    }

    /// <summary>Models css_queue_crw() with crws_lost: loses the words that wait; the one word that follows says so.</summary>
    public void LoseCrws()
    {
        using var _ = world.Enter("css_queue_crw");
        CrwsLost += crws.Count;
        crws.Clear();
        crwsLost = true;
        QueueCrw(ReportingSource.Subchannel, ErrorRecovery.InstalledParametersInitialized, false, false, 0);
    }

    /// <summary>
    /// Loses the machine check that waits, or else the next one: reports are queued, and the guest is not told. As no other is
    /// raised before the queue was found empty, it hears of nothing until it looks by itself.
    /// </summary>
    public void LoseMachineCheck()
    {
        if (world.Scheduler.Withdraw(InterruptClass.MachineCheck, 0)) IsMachineCheckLost = true;
        else loseNextMachineCheck = true;
    }

    /// <summary>Whether a machine check was lost.</summary>
    public bool IsMachineCheckLost { get; private set; }

    /// <summary>Raises a machine check that was lost, if there still are reports.</summary>
    public void RepairMachineCheck()
    {
        loseNextMachineCheck = false;
        if (!IsMachineCheckLost) return;
        IsMachineCheckLost = false;
        if (crws.Count > 0) InjectMachineCheck();
    }

    /// <summary>Models s390_crw_mchk(): makes the machine check 'channel reports pending' pending.</summary>
    public void InjectMachineCheck()
    {
        using var _ = world.Enter("s390_crw_mchk");
        if (loseNextMachineCheck)
        {
            loseNextMachineCheck = false;
            IsMachineCheckLost = true;
            world.Trace.Add(TraceKind.Crw, "the machine check is lost");
            return;
        }
        if (world.Scheduler.IsRaised(InterruptClass.MachineCheck, 0)) return;
        world.Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.MachineCheck });
    }

    /// <summary>Models css_generate_sch_crws(): reports that a subchannel came or went, and takes its pending interrupt back.</summary>
    /// <param name="sch">Which one.</param>
    /// <param name="hotplugged">False for a device that was there from the start.</param>
    /// <param name="added">Whether it came.</param>
    internal void GenerateSubchannelCrws(HostSubchannel sch, bool hotplugged, bool added)
    {
        using var _ = world.Enter("css_generate_sch_crws");
        if (added && !hotplugged) return;
        if (!IsVisible(sch)) return;
        // The guest enables no other image: this one is 0 to it.
        var chained = maxSsid > 0;
        QueueCrw(ReportingSource.Subchannel, ErrorRecovery.InstalledParametersInitialized, false, chained, sch.Schid);
        if (chained)
        {
            var place = (ushort)(sch.Ssid << 4);
            QueueCrw(ReportingSource.Subchannel, ErrorRecovery.InstalledParametersInitialized, false, false, place);
        }
        if (!Variant.Has(Defects.KeepIrqOnUnplug)) Withdraw(sch);
    }
}
