using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Devices;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using Xunit;

namespace CcwFuzz.Target.Tests.Channel;

/// <summary>A host with a guest that is driven by hand: programs are put into memory and started.</summary>
/// <remarks>All benches have the same world and memory, made new for each: a bench is of no use any more when there is another.</remarks>
internal sealed class Bench
{
    public const uint Program = 0x1000;
    public const uint Payload = 0x2000;
    public const CcwFlags Sli = CcwFlags.SuppressLength;

    private static readonly World SharedWorld = new();
    private static readonly GuestMemory SharedMemory = new(SharedWorld);

    public Bench()
    {
        Memory.Reset();
        Channel = new ChannelSubsystem(World, Memory);
        Host = new QemuHost(World, Channel, DeviceCatalogue.HostFactory(World, Memory));
        World.Scheduler.Strategy = RunToCompletion.Instance;
        World.Reset();
        World.Trace.On = true;
        World.Scheduler.SetVector(InterruptClass.Io, Take);
        World.Scheduler.SetVector(InterruptClass.Adapter, Take);
        World.Scheduler.SetVector(InterruptClass.MachineCheck, Take);
    }

    public World World => SharedWorld;

    public GuestMemory Memory => SharedMemory;

    public ChannelSubsystem Channel { get; }

    public QemuHost Host { get; }

    /// <summary>Interrupts that the guest took.</summary>
    public List<PendingInterrupt> Taken { get; } = [];

    /// <summary>Plugs a device and enables its subchannel.</summary>
    public VirtioCcwHostDevice Plug(DeviceType type, ushort devno = 0x1234, byte ssid = 0, int requestQueues = 1)
    {
        var device = Host.Plug(type, devno, ssid, requestQueues: requestQueues);
        Assert.NotNull(device);
        Enable(device.Id, true);
        return device;
    }

    public void Enable(SubchannelId id, bool enabled)
    {
        Assert.Equal(InstructionResult.Cc0, Channel.StoreSubchannel(id, out var schib));
        schib.Pmcw.Flags = enabled ? schib.Pmcw.Flags | PmcwFlags.Enabled : schib.Pmcw.Flags & ~PmcwFlags.Enabled;
        schib.Pmcw.InterruptionParameter = 0x4711;
        schib.Pmcw.Isc = 3;
        Assert.Equal(InstructionResult.Cc0, Channel.ModifySubchannel(id, in schib));
    }

    public void Put(int index, byte command, CcwFlags flags, int count, uint address = Payload) =>
        new Ccw { Command = command, Flags = flags, Count = (ushort)count, Cda = address }
            .Store(Memory.Guest(Program + ((uint)index * Ccw.Size), Ccw.Size));

    public InstructionResult Start(SubchannelId id, OrbControl control = OrbControl.Format, uint program = Program)
    {
        var orb = new Orb { InterruptionParameter = 0x4711, Control = control, Lpm = 0xff, Cpa = program };
        return Channel.StartSubchannel(id, in orb);
    }

    /// <summary>Starts the program that was put and collects its status.</summary>
    public Scsw Run(SubchannelId id, OrbControl control = OrbControl.Format)
    {
        Assert.Equal(InstructionResult.Cc0, Start(id, control));
        Assert.Equal(InstructionResult.Cc0, Channel.TestSubchannel(id, out var irb));
        return irb.Scsw;
    }

    /// <summary>Runs one command with the payload.</summary>
    public Scsw Run(SubchannelId id, byte command, int count, CcwFlags flags = CcwFlags.None)
    {
        Put(0, command, flags, count);
        return Run(id);
    }

    /// <summary>Runs one command that has to succeed, with this payload.</summary>
    public void Do(SubchannelId id, byte command, params ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(Memory.Guest(Payload, (uint)payload.Length));
        AssertSuccess(Run(id, command, payload.Length));
    }

    public static void AssertSuccess(in Scsw scsw) => Assert.Equal(DeviceStatus.ChannelEnd | DeviceStatus.DeviceEnd, scsw.DeviceStatus);

    public static void AssertProgramCheck(in Scsw scsw) => Assert.Equal(SubchannelStatus.ProgramCheck, scsw.SubchannelStatus);

    public static void AssertReject(in Scsw scsw) => Assert.Equal(DeviceStatus.UnitCheck, scsw.DeviceStatus);

    /// <summary>Trace texts of a kind, without the instructions that the bench itself needs.</summary>
    public IEnumerable<string> Traced(params TraceKind[] kinds) =>
        World.Trace.Lines.Where(line => kinds.Contains(line.Kind)).Select(line => line.Text);

    /// <summary>Lets host threads and interrupts run.</summary>
    public void Settle() => Assert.Equal(RunEnd.Quiet, World.Scheduler.Run());

    private SimTask Take(PendingInterrupt interrupt)
    {
        Taken.Add(interrupt);
        return SimTask.Done;
    }
}
