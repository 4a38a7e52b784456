using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class NotificationTests
{
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly GuestRing ring;

    public NotificationTests()
    {
        device = bench.Plug(DeviceType.Rng);
        ring = new GuestRing(bench, device.Id, 0, 8);
    }

    private uint Buffer(uint length) => bench.Memory.Allocate(length, "buffer", 8);

    private void Start(ulong features = 0)
    {
        GuestRing.Negotiate(bench, device.Id, features);
        ring.SetUp();
    }

    private void Ready()
    {
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
        bench.Taken.Clear();
    }

    private void Request()
    {
        ring.Add(Piece.In(Buffer(16), 16));
        ring.Kick();
    }

    [Fact]
    public void Adapter_interrupt_only_if_the_summary_was_clear()
    {
        Start();
        var (bits, summary) = GuestRing.SetAdapterIndicators(bench, device.Id, firstBit: 9);
        Ready();
        Request();
        Assert.Equal(0x40, bench.Memory.Read8(bits + 1));
        Assert.Equal(1, bench.Memory.Read8(summary));
        var interrupt = Assert.Single(bench.Taken);
        Assert.Equal((InterruptClass.Adapter, 3u), (interrupt.Class, interrupt.Key));

        Request();
        Assert.Single(bench.Taken);

        bench.Memory.Write8(summary, 0);
        Request();
        Assert.Equal(2, bench.Taken.Count);
        string[] expected =
        [
            $"indicator at {bits + 1}: 0x0->0x40", $"indicator at {summary}: 0x0->0x1", "adapter I/O interrupt (isc 0x3)",
            $"indicator at {bits + 1}: 0x40->0x40", $"indicator at {summary}: 0x1->0x1",
            $"indicator at {bits + 1}: 0x40->0x40", $"indicator at {summary}: 0x0->0x1", "adapter I/O interrupt (isc 0x3)",
        ];
        Assert.Equal(expected, bench.Traced(TraceKind.Indicator, TraceKind.Interrupt).Where(Is("indicator", "adapter")));
        Assert.DoesNotContain(bench.Traced(TraceKind.Interrupt), line => line.EndsWith("cpu-1", StringComparison.Ordinal));

        static Func<string, bool> Is(params string[] starts) =>
            line => starts.Any(start => line.StartsWith(start, StringComparison.Ordinal));
    }

    [Fact]
    public void Classic_indicators_interrupt_unless_status_is_pending()
    {
        Start();
        bench.Memory.Write64(Bench.Payload, 0x7000);
        bench.Run(device.Id, VirtioCcwCommand.SetInd, 8);
        Ready();
        Request();
        Request();
        Assert.Equal(1UL, bench.Memory.Read64(0x7000));
        Assert.Single(bench.Taken);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.TestSubchannel(device.Id, out var irb));
        Assert.Equal(ScswControl.Alert | ScswControl.StatusPending, irb.Scsw.Control);
        Request();
        Assert.Equal(2, bench.Taken.Count);
    }

    [Fact]
    public void Configuration_change_sets_its_indicator_once_the_driver_is_ready()
    {
        Start();
        bench.Memory.Write64(Bench.Payload, 0x7000);
        bench.Run(device.Id, VirtioCcwCommand.SetConfInd, 8);
        Assert.False(bench.Host.ConfigChange(device));
        Ready();
        Assert.True(bench.Host.ConfigChange(device));
        Assert.Equal(1UL, bench.Memory.Read64(0x7000));
        bench.Settle();
        Assert.Equal(InterruptClass.Io, Assert.Single(bench.Taken).Class);
    }

    [Fact]
    public void Nobody_is_told_without_indicators()
    {
        Start();
        Ready();
        Request();
        Assert.Equal(1, ring.UsedIndex);
        Assert.Empty(bench.Taken);
    }

    [Fact]
    public void Subclass_above_7_is_a_finding()
    {
        Start();
        GuestRing.SetAdapterIndicators(bench, device.Id, isc: 8);
        Ready();
        var found = Assert.Throws<ViolationException>(Request);
        Assert.Equal(ViolationKind.HostAssert, found.Violation.Kind);
    }

    [Fact]
    public void Indicator_in_freed_memory_is_a_finding()
    {
        Start();
        var (bits, _) = GuestRing.SetAdapterIndicators(bench, device.Id);
        Ready();
        bench.Memory.Free(bits);
        var found = Assert.Throws<ViolationException>(Request);
        Assert.Equal((ViolationKind.DmaToFreed, "airq vector"), (found.Violation.Kind, found.Violation.ObjectType));
        Assert.Equal("virtio_set_ind_atomic", found.Violation.Access!.Function);
    }

    [Fact]
    public void Suppressed_interrupts_stay_away()
    {
        Start();
        GuestRing.SetAdapterIndicators(bench, device.Id);
        Ready();
        ring.SetAvailFlags(1);
        Request();
        Assert.Empty(bench.Taken);
    }

    [Fact]
    public void Event_index_says_which_buffer_interrupts()
    {
        Start(1UL << VirtioFeature.EventIdx);
        var (_, summary) = GuestRing.SetAdapterIndicators(bench, device.Id);
        Ready();
        ring.SetUsedEvent(2);
        Request(); // the first one always does
        Assert.Single(bench.Taken);
        bench.Memory.Write8(summary, 0);
        Request();
        Assert.Single(bench.Taken);
        Request();
        Assert.Equal(2, bench.Taken.Count);
    }

    [Fact]
    public void Spurious_and_error_interrupts()
    {
        Start();
        bench.Settle();
        Assert.True(bench.Host.SpuriousInterrupt(device));
        Assert.False(bench.Host.SpuriousInterrupt(device));
        bench.Channel.TestSubchannel(device.Id, out _);
        Assert.True(bench.Host.ErrorInterrupt(device, DeviceStatus.UnitCheck, SubchannelStatus.None));
        bench.Channel.TestSubchannel(device.Id, out var irb);
        Assert.Equal(DeviceStatus.UnitCheck, irb.Scsw.DeviceStatus);
        bench.Taken.Clear();
        bench.Host.InterruptWithoutStatus(device);
        bench.Settle();
        Assert.Single(bench.Taken);
        Assert.Equal(InstructionResult.Cc1, bench.Channel.TestSubchannel(device.Id, out _));
        bench.Enable(device.Id, false);
        Assert.False(bench.Host.SpuriousInterrupt(device));
    }
}
