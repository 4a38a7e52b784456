using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class CommandTests
{
    private readonly Bench bench = new();

    private static byte[] Address(ulong value) => [.. BitConverter.GetBytes(value).Reverse()];

    [Fact]
    public void Plug_and_unplug_are_traced_as_recorded()
    {
        bench.Channel.EnableMultipleSubchannelSets();
        var device = bench.Host.Plug(DeviceType.Rng, 0x1234);
        bench.Host.Unplug(device!);
        string[] expected =
        [
            "assign fe.0.0000 (devno 0x1234)",
            "add chpid fe.00 (type 0x32)",
            "queueing crw: rsc=0x3, erc=0x4, rsid=0x0 (chained)",
            "queueing crw: rsc=0x3, erc=0x4, rsid=0x0",
            "status 0",
            "queueing crw: rsc=0x3, erc=0x4, rsid=0x0 (chained)",
            "queueing crw: rsc=0x3, erc=0x4, rsid=0x0",
            "deassign fe.0.0000 (devno 0x1234)",
        ];
        Assert.Equal(expected, bench.Traced(TraceKind.Assign, TraceKind.Crw, TraceKind.Status));
    }

    [Fact]
    public void A_device_number_is_used_once()
    {
        var device = bench.Plug(DeviceType.Rng);
        Assert.Null(bench.Host.Plug(DeviceType.Blk, 0x1234));
        Assert.NotNull(bench.Host.Plug(DeviceType.Blk, 0x1234, ssid: 1));
        bench.Host.Unplug(device);
        var again = bench.Host.Plug(DeviceType.Blk, 0x1234);
        Assert.Same(again, bench.Host.FindByDevno(0x1234));
        Assert.Same(again, bench.Host.FindBySlot(0));
    }

    [Fact]
    public void Commands_and_status_are_traced()
    {
        const string Interrupt = "I/O interrupt on sch fe.0.0000 (intparm 0x00004711, isc 0x3)";
        var id = bench.Plug(DeviceType.Rng).Id;
        var before = bench.World.Trace.Lines.Count;
        bench.Do(id, VirtioCcwCommand.SetVirtioRev, 0, 2, 0, 0);
        bench.Do(id, VirtioCcwCommand.WriteStatus, 1);
        var lines = bench.World.Trace.Lines.Skip(before).Select(line => line.Text).ToList();
        string[] expected =
        [
            "ssch 0.0.0000 cc=0", "SET_VIRTIO_REV", Interrupt, "tsch 0.0.0000 cc=0",
            "ssch 0.0.0000 cc=0", "WRITE_STATUS", "status 1", Interrupt, "tsch 0.0.0000 cc=0",
        ];
        Assert.Equal(expected, lines.Where(line => !line.StartsWith("withdrawn", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Classic_indicators_serve_64_queues(int queues, bool accepted)
    {
        var device = bench.Plug(DeviceType.Blk, requestQueues: queues);
        bench.Memory.Write64(Bench.Payload, 0x5000);
        var scsw = bench.Run(device.Id, VirtioCcwCommand.SetInd, 8);
        Assert.Equal(accepted, device.Indicators is not null);
        if (!accepted) Bench.AssertReject(in scsw);
    }

    [Fact]
    public void Indicators_are_counted_by_address_and_leak_as_in_qemu()
    {
        var device = bench.Plug(DeviceType.Rng);
        bench.Do(device.Id, VirtioCcwCommand.SetInd, Address(0x5000));
        bench.Do(device.Id, VirtioCcwCommand.SetInd, Address(0x5000)); // the first reference is lost
        bench.Do(device.Id, VirtioCcwCommand.SetConfInd, Address(0x5008));
        Assert.Equal([2, 1], bench.Host.Indicators.Live.Select(indicator => indicator.RefCount));
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.Equal([1], bench.Host.Indicators.Live.Select(indicator => indicator.RefCount));

        bench.Do(device.Id, VirtioCcwCommand.SetConfInd, Address(0x5010));
        bench.Host.Unplug(device); // gives back the queue indicators only
        Assert.Equal([0x5000UL, 0x5010UL], bench.Host.Indicators.Live.Select(indicator => indicator.Address));
    }

    [Fact]
    public void New_host_rejects_a_second_registration()
    {
        bench.Host.Version = HostVersion.Qnew;
        var device = bench.Plug(DeviceType.Rng);
        bench.Do(device.Id, VirtioCcwCommand.SetInd, Address(0x5000));
        Bench.AssertReject(bench.Run(device.Id, VirtioCcwCommand.SetInd, 8));
        bench.Do(device.Id, VirtioCcwCommand.SetConfInd, Address(0x5008));
        Bench.AssertReject(bench.Run(device.Id, VirtioCcwCommand.SetConfInd, 8));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(8, false)]
    public void New_host_rejects_a_second_summary_and_subclasses_above_7(byte isc, bool accepted)
    {
        bench.Host.Version = HostVersion.Qnew;
        var device = bench.Plug(DeviceType.Rng);
        byte[] block = [.. Address(0x5000), .. Address(0x5008), .. Address(0), isc];
        block.CopyTo(bench.Memory.Guest(Bench.Payload, 25));
        var first = bench.Run(device.Id, VirtioCcwCommand.SetIndAdapter, 25);
        Assert.Equal(accepted, device.SummaryIndicator is not null);
        if (!accepted) Bench.AssertReject(in first);
        else Bench.AssertReject(bench.Run(device.Id, VirtioCcwCommand.SetIndAdapter, 25));
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.Null(device.SummaryIndicator);
    }

    [Fact]
    public void A_notification_takes_whatever_is_there_for_a_virtio_device()
    {
        bench.Channel.CreateSubchannel(0, 0x4711, new Printer());
        var found = Assert.Throws<ViolationException>(() => bench.Channel.Hypercall(3, new SubchannelId(0).Word, 0, 0));
        Assert.Equal((ViolationKind.HostAssert, "virtio_queue_notify"), (found.Violation.Kind, found.Violation.Access!.Function));
        Assert.Equal(-Errno.EINVAL, bench.Channel.Hypercall(3, new SubchannelId(0).Word, 1024, 0));
    }

    [Fact]
    public void A_ring_that_grows_behind_its_mapping_breaks_the_device_and_not_the_host()
    {
        var device = bench.Plug(DeviceType.Rng);
        bench.Do(device.Id, VirtioCcwCommand.SetVirtioRev, 0, 2, 0, 0);
        byte[] Block(byte size) => [.. Address(0x5000), 0, 0, 0, 0, 0, 0, 0, size, .. Address(0x6000), .. Address(0x7000)];
        bench.Do(device.Id, VirtioCcwCommand.SetVq, Block(2));
        bench.Do(device.Id, VirtioCcwCommand.SetVq, Block(8)); // mapped for two, used for eight
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Memory.Write16(0x6002, 8); // legacy byte order: no feature was negotiated
        Assert.Equal(0, bench.Channel.Hypercall(3, device.Id.Word, 0, 0));
        bench.Settle();
        Assert.True(device.Virtio.IsBroken);
    }

    private sealed class Printer : ISubchannelDevice
    {
        public int InterpretCommand(HostSubchannel subchannel, in Ccw ccw) => 0;

        public void Disabled(HostSubchannel subchannel)
        {
        }
    }

    [Fact]
    public void Classic_and_adapter_indicators_exclude_each_other()
    {
        var id = bench.Plug(DeviceType.Rng).Id;
        GuestRing.SetAdapterIndicators(bench, id);
        Bench.AssertReject(bench.Run(id, VirtioCcwCommand.SetInd, 8));
        GuestRing.SetAdapterIndicators(bench, id); // again is fine
        bench.Do(id, VirtioCcwCommand.VdevReset);
        bench.Do(id, VirtioCcwCommand.SetInd, Address(0x5000));
        Bench.AssertReject(bench.Run(id, VirtioCcwCommand.SetIndAdapter, 25));
    }

    [Theory]
    [InlineData(HostVersion.Q72, 3)]
    [InlineData(HostVersion.Qnew, 7)]
    public void Read_conf_leaves_the_residual_count_alone(HostVersion version, int residual)
    {
        bench.Host.Version = version;
        var id = bench.Plug(DeviceType.Blk).Id;
        bench.Put(0, CcwCommand.BasicSense, Bench.Sli, 35);
        Assert.Equal(3, bench.Run(id).Count);
        bench.Put(0, VirtioCcwCommand.ReadConf, Bench.Sli, 64);
        Assert.Equal(residual, bench.Run(id).Count);
    }

    [Fact]
    public void Disk_configuration_is_big_endian_for_legacy_drivers_and_little_endian_otherwise()
    {
        var device = bench.Plug(DeviceType.Blk);
        Assert.Equal(57, device.Virtio.ConfigLength);
        bench.Run(device.Id, VirtioCcwCommand.ReadConf, 57);
        Assert.Equal(128UL, bench.Memory.Read64(Bench.Payload));
        Assert.Equal(254u, bench.Memory.Read32(Bench.Payload + 12));
        bench.Enable(device.Id, false);
        bench.Enable(device.Id, true);
        GuestRing.Negotiate(bench, device.Id, 0);
        bench.Run(device.Id, VirtioCcwCommand.ReadConf, 57);
        Assert.Equal(128, bench.Memory.Read8(Bench.Payload));
        Assert.Equal(1, bench.Memory.Read8(Bench.Payload + 56));
    }

    [Fact]
    public void Adapter_configuration_has_its_queues()
    {
        var device = bench.Plug(DeviceType.Scsi);
        GuestRing.Negotiate(bench, device.Id, 0);
        bench.Run(device.Id, VirtioCcwCommand.ReadConf, 36);
        Assert.Equal((byte)1, bench.Memory.Read8(Bench.Payload));
        Assert.Equal((byte)96, bench.Memory.Read8(Bench.Payload + 20));
        Assert.Equal((byte)32, bench.Memory.Read8(Bench.Payload + 24));
        for (byte queue = 0; queue < 4; queue++)
        {
            bench.Memory.Write32(Bench.Payload, (uint)queue << 16);
            bench.Run(device.Id, VirtioCcwCommand.ReadVqConf, 4);
            Assert.Equal(queue < 3 ? 256 : 0, bench.Memory.Read16(Bench.Payload + 2));
        }
    }

    [Fact]
    public void Features_are_fixed_after_features_ok()
    {
        var device = bench.Plug(DeviceType.Scsi);
        GuestRing.Negotiate(bench, device.Id, 2);
        Assert.Equal(0x1_0000_0002UL, device.Virtio.GuestFeatures);
        bench.Do(device.Id, VirtioCcwCommand.WriteFeat, 6, 0, 0, 0x30, 0);
        Assert.Equal(0x1_0000_0002UL, device.Virtio.GuestFeatures);
    }

    [Fact]
    public void A_size_that_is_refused_leaves_the_addresses()
    {
        var device = bench.Plug(DeviceType.Rng);
        bench.Do(device.Id, VirtioCcwCommand.SetVirtioRev, 0, 2, 0, 0);
        byte[] block = [.. Address(0x5000), 0, 0, 0, 0, 0, 0, 0, 9, .. Address(0x6000), .. Address(0x7000)];
        block.CopyTo(bench.Memory.Guest(Bench.Payload, 32));
        Bench.AssertProgramCheck(bench.Run(device.Id, VirtioCcwCommand.SetVq, 32));
        Assert.Equal((0x5000UL, 8), (device.Virtio.Queue(0)!.Desc, device.Virtio.Queue(0)!.Size));
        Assert.Equal(HostVirtqueue.NoVector, device.Virtio.Queue(0)!.Vector);
    }

    [Fact]
    public void Legacy_rings_lie_in_one_piece()
    {
        var device = bench.Plug(DeviceType.Rng);
        byte[] block = [.. Address(0x5000), 0, 0, 0x10, 0, 0, 0, 0, 8];
        bench.Do(device.Id, VirtioCcwCommand.SetVq, block);
        var queue = device.Virtio.Queue(0)!;
        Assert.Equal((0x5000UL, 0x5080UL, 0x6000UL), (queue.Desc, queue.Avail, queue.Used));
    }

    [Fact]
    public void Notifications_of_nothing_are_refused()
    {
        var device = bench.Plug(DeviceType.Rng);
        Assert.Equal(-Errno.EINVAL, bench.Channel.Hypercall(3, 0, 0, 0));
        Assert.Equal(-Errno.EINVAL, bench.Channel.Hypercall(3, new SubchannelId(1).Word, 0, 0));
        Assert.Equal(-Errno.EINVAL, bench.Channel.Hypercall(3, device.Id.Word, 1024, 0));
        Assert.Equal(-Errno.EINVAL, bench.Channel.Hypercall(7, device.Id.Word, 0, 0));
        Assert.Equal(0, bench.Channel.Hypercall(3, device.Id.Word, 1023, 0));
        bench.Host.Unplug(device);
        Assert.Equal(-Errno.EINVAL, bench.Channel.Hypercall(3, device.Id.Word, 0, 0));
    }
}
