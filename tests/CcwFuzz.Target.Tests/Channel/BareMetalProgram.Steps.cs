using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;

namespace CcwFuzz.Target.Tests.Channel;

/// <content>The steps, in the order of the recordings.</content>
internal sealed partial class BareMetalProgram
{
    private const int Repetitions = 10; // the recorded program did it 100,000 times, for speed

    private void TryDisabled()
    {
        console.Text("ssch while not enabled: ");
        Go("SSCH-disabled");
        console.Text("tsch not enabled cc=").Cc(Test()).Text(" csch cc=").Cc(channel.ClearSubchannel(id));
        console.Text(" hsch cc=").Cc(channel.HaltSubchannel(id)).Text(" rsch cc=").Cc(channel.ResumeSubchannel(id));
        console.Text(" xsch cc=").Cc(channel.CancelSubchannel(id)).End();
    }

    private void TryGenericCommands()
    {
        Clear(64);
        One("SENSE ID cnt=7 SLI", CcwCommand.SenseId, Sli, 7);
        Dump(12);
        Clear(64);
        One("SENSE ID cnt=64 SLI", CcwCommand.SenseId, Sli, 64);
        Dump(64);
        One("SENSE ID cnt=7 no SLI", CcwCommand.SenseId, CcwFlags.None, 7);
        One("SENSE ID cnt=0", CcwCommand.SenseId, Sli, 0);
        One("NOP 03 cnt=0", CcwCommand.Noop, Sli, 0, 0);
        One("NOP 03 cnt=1 noSLI", CcwCommand.Noop, CcwFlags.None, 1);
        One("TIC as first (08)", CcwCommand.Tic, CcwFlags.None, 0, Program);
        One("cmd 00", 0x00, Sli, 1);
    }

    private void PutRevision(ushort revision)
    {
        memory.Write16(Buffer, revision);
        memory.Write16(Buffer + 2, 0);
    }

    private void TryRevisions()
    {
        if (options.RevisionFirst)
        {
            PutRevision(99);
            One("FIRST SET_VIRTIO_REV 99", VirtioCcwCommand.SetVirtioRev, Sli, 4);
            Sense();
            PutRevision(2);
            One("FIRST SET_VIRTIO_REV 2", VirtioCcwCommand.SetVirtioRev, Sli, 4);
        }
        One("invalid cmd 77", 0x77, Sli, 4);
        Sense();
        if (options.StatusBeforeRevision)
        {
            One("READ_STATUS 72 before SET_VIRTIO_REV", VirtioCcwCommand.ReadStatus, Sli, 1);
            Sense();
        }
        PutRevision(99);
        One("SET_VIRTIO_REV 99", VirtioCcwCommand.SetVirtioRev, Sli, 4);
        Sense();
        PutRevision(2);
        One("SET_VIRTIO_REV 2 cnt=3 SLI", VirtioCcwCommand.SetVirtioRev, Sli, 3);
        One("SET_VIRTIO_REV 2 cnt=4 noSLI", VirtioCcwCommand.SetVirtioRev, CcwFlags.None, 4);
        One("SET_VIRTIO_REV 2 AGAIN", VirtioCcwCommand.SetVirtioRev, Sli, 4);
        Sense();
    }

    private void TryStatusAndFeatures()
    {
        One("VDEV_RESET 33", VirtioCcwCommand.VdevReset, Sli, 0, 0);
        One("VDEV_RESET 33 cnt=0 noSLI", VirtioCcwCommand.VdevReset, CcwFlags.None, 0, 0);
        One("READ_STATUS 72 cnt=1", VirtioCcwCommand.ReadStatus, Sli, 1);
        Dump(1);
        One("READ_STATUS 72 cnt=4 noSLI", VirtioCcwCommand.ReadStatus, CcwFlags.None, 4);
        One("READ_STATUS 72 cnt=0", VirtioCcwCommand.ReadStatus, Sli, 0);
        memory.Write8(Buffer, 1);
        One("WRITE_STATUS 31 =1", VirtioCcwCommand.WriteStatus, Sli, 1);
        memory.Write8(Buffer, 3);
        One("WRITE_STATUS 31 =3", VirtioCcwCommand.WriteStatus, Sli, 1);
        for (byte word = 0; word < 4; word++)
        {
            Clear(8);
            memory.Write8(Buffer + 4, word);
            One("READ_FEAT 12 idx k", VirtioCcwCommand.ReadFeat, Sli, 5);
            Dump(5);
        }
        memory.Write8(Buffer + 4, 0);
        One("READ_FEAT 12 cnt=4", VirtioCcwCommand.ReadFeat, Sli, 4);
        Clear(8);
        memory.Write8(Buffer + 4, 1);
        memory.Write8(Buffer, 1);
        One("WRITE_FEAT 11 idx1 = VERSION_1", VirtioCcwCommand.WriteFeat, Sli, 5);
    }

    private void TryQueues()
    {
        for (ushort queue = 0; queue < 3; queue++)
        {
            Clear(8);
            memory.Write16(Buffer, queue);
            One("READ_VQ_CONF 32", VirtioCcwCommand.ReadVqConf, Sli, 4);
            Dump(4);
        }
        memory.Write16(Buffer, 0xffff);
        One("READ_VQ_CONF 32 idx=ffff", VirtioCcwCommand.ReadVqConf, Sli, 4);
        Sense();
        Clear(64);
        memory.Write64(Buffer, NextPage);
        memory.Write16(Buffer + 12, 0);
        memory.Write16(Buffer + 14, 8);
        memory.Write64(Buffer + 16, NextPage + 1024);
        memory.Write64(Buffer + 24, NextPage + 2048);
        One("SET_VQ 13 idx0 num8 cnt=32", VirtioCcwCommand.SetVq, Sli, 32);
        memory.Write16(Buffer + 14, 0x7fff);
        One("SET_VQ 13 idx0 num=7fff", VirtioCcwCommand.SetVq, Sli, 32);
        Sense();
        memory.Write16(Buffer + 14, 8);
        memory.Write16(Buffer + 12, 500);
        One("SET_VQ 13 idx=500", VirtioCcwCommand.SetVq, Sli, 32);
        Sense();
        One("SET_VQ 13 cnt=16 (legacy len)", VirtioCcwCommand.SetVq, Sli, 16);
        One("READ_CONF 22 cnt=64", VirtioCcwCommand.ReadConf, Sli, 64);
        One("READ_CONF 22 cnt=64 noSLI", VirtioCcwCommand.ReadConf, CcwFlags.None, 64);
    }

    private void TryIndicators()
    {
        if (options.AdapterIndicators)
        {
            Clear(32);
            memory.Write64(Buffer, Buffer + 192);
            memory.Write64(Buffer + 8, Buffer + 256);
            memory.Write64(Buffer + 16, 0);
            memory.Write8(Buffer + 24, 3);
            One("SET_IND_ADAPTER 73 cnt=25", VirtioCcwCommand.SetIndAdapter, Sli, 25);
            One("SET_IND_ADAPTER 73 cnt=24", VirtioCcwCommand.SetIndAdapter, Sli, 24);
            One("SET_IND 43 after SET_IND_ADAPTER", VirtioCcwCommand.SetInd, Sli, 8);
            Sense();
            memory.Write8(Buffer, 0);
            One("WRITE_STATUS 31 =0", VirtioCcwCommand.WriteStatus, Sli, 1);
        }
        memory.Write64(Buffer, 0);
        One("SET_IND 43 addr=0", VirtioCcwCommand.SetInd, Sli, 8);
        One("SET_IND 43 cnt=4", VirtioCcwCommand.SetInd, Sli, 4);
        memory.Write64(Buffer, Buffer + 64);
        One("SET_IND 43 ok", VirtioCcwCommand.SetInd, Sli, 8);
        memory.Write64(Buffer, Buffer + 128);
        One("SET_CONF_IND 53 ok", VirtioCcwCommand.SetConfInd, Sli, 8);
        One("SET_IND_ADAPTER 73 cnt=25 after SET_IND", VirtioCcwCommand.SetIndAdapter, Sli, 25);
        Sense();
    }

    private void TryAddresses()
    {
        const uint Beyond = 0x7ff00000;
        Put(0, CcwCommand.SenseId, Sli, 7, Beyond);
        Go("SENSE ID cda beyond memory");
        TryProgramAddress("SSCH cpa beyond memory", Beyond);
        TryProgramAddress("SSCH cpa unaligned(4)", 4);
    }

    private void TryProgramAddress(string name, uint address)
    {
        orb = new Orb { InterruptionParameter = 1, Control = OrbControl.Format, Lpm = 0xff, Cpa = address };
        var cc = channel.StartSubchannel(id, in orb);
        console.Text(name).Text(": cc=").Cc(cc).Text(" tsch cc=").Cc(Test()).Status(in irb.Scsw).End();
    }

    private void TryChains()
    {
        Put(0, CcwCommand.SenseId, Sli | CcwFlags.ChainCommand, 7, Buffer);
        Put(1, VirtioCcwCommand.ReadStatus, Sli, 1, Buffer + 16);
        Go("chain SENSE ID -> READ_STATUS (CC)");
        Put(0, CcwCommand.SenseId, Sli | CcwFlags.ChainData, 4, Buffer);
        Put(1, 0x00, Sli, 3, Buffer + 16);
        Go("data chain SENSE ID (CD)");
        Put(0, CcwCommand.Noop, Sli | CcwFlags.ChainCommand, 1, Buffer);
        Put(1, CcwCommand.Tic, CcwFlags.None, 0, Program + Ccw.Size);
        Go("NOP -> TIC to itself");
        Put(0, CcwCommand.SenseId, Sli | CcwFlags.Suspend, 7, Buffer);
        Go("SENSE ID suspend flag");
        Put(0, CcwCommand.SenseId, Sli, 7, Buffer);
        Go("SENSE ID fmt0 ORB (interpreted as fmt-0)", OrbControl.None);
        Put(0, CcwCommand.SenseId, Sli, 7, Buffer);
        Go("SENSE ID LPM=0", lpm: 0);
    }

    private void TryInstructions()
    {
        Put(0, CcwCommand.SenseId, Sli, 7, Buffer);
        orb = new Orb { InterruptionParameter = 5, Control = OrbControl.Format, Lpm = 0xff, Cpa = Program };
        console.Text("SSCH twice w/o TSCH: cc=").Cc(channel.StartSubchannel(id, in orb)).Cc(channel.StartSubchannel(id, in orb));
        channel.StoreSubchannel(id, out var schib);
        console.Text(" stsch").Status(in schib.Scsw).Text(" hsch cc=").Cc(channel.HaltSubchannel(id));
        console.Text(" csch cc=").Cc(channel.ClearSubchannel(id));
        channel.StoreSubchannel(id, out schib);
        console.Status(in schib.Scsw).Text(" tsch cc=").Cc(Test()).Status(in irb.Scsw);
        console.Text(" tsch again cc=").Cc(Test()).Status(in irb.Scsw).End();
        console.Text("HSCH idle cc=").Cc(channel.HaltSubchannel(id)).Text(" tsch cc=").Cc(Test()).Status(in irb.Scsw).End();
        console.Text("XSCH idle cc=").Cc(channel.CancelSubchannel(id)).Text(" RSCH idle cc=").Cc(channel.ResumeSubchannel(id)).End();
    }

    private void Exhaust()
    {
        Put(0, VirtioCcwCommand.ReadStatus, Sli, 1, Buffer);
        for (var i = 0; i < Repetitions; i++)
        {
            channel.StartSubchannel(id, in orb);
            Test();
        }
        console.Text("THROUGHPUT SSCH+TSCH READ_STATUS").End();
        console.Text("THROUGHPUT STSCH").End();
    }

    private void WatchUnplug()
    {
        while (channel.StoreChannelReportWord(out var early) == InstructionResult.Cc0)
            console.Text("CRW at start ").Hex(early.Word, 8).End();
        console.Text("WAIT-UNPLUG").End();
        One("before", VirtioCcwCommand.ReadStatus, Sli, 1);
        Unplug?.Invoke();
        if (channel.StoreChannelReportWord(out var crw) != InstructionResult.Cc0) return;
        console.Text("CRW ").Hex(crw.Word, 8).Text(" rsc=").Hex((ulong)crw.Source, 1).Text(" chn=").Hex(crw.IsChained ? 1u : 0, 1);
        console.Text(" erc=").Hex((ulong)crw.Recovery, 2).Text(" rsid=").Hex(crw.SourceId, 4);
        console.Text(" stsch cc=").Cc(channel.StoreSubchannel(id, out var schib));
        console.Text(" flags=").Hex((ulong)schib.Pmcw.Flags, 4).Status(in schib.Scsw).End();
        while (channel.StoreChannelReportWord(out crw) == InstructionResult.Cc0) console.Text("CRW ").Hex(crw.Word, 8).End();
        console.Text(" after unplug: ssch cc=").Cc(channel.StartSubchannel(id, in orb)).Text(" tsch cc=").Cc(Test());
        console.Status(in irb.Scsw).Text(" csch cc=").Cc(channel.ClearSubchannel(id));
        console.Text(" hsch cc=").Cc(channel.HaltSubchannel(id)).Text(" rsch cc=").Cc(channel.ResumeSubchannel(id));
        console.Text(" xsch cc=").Cc(channel.CancelSubchannel(id)).Text(" msch cc=").Cc(channel.ModifySubchannel(id, in schib)).End();
    }
}
