using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <summary>A device that sends events (struct input_dev, include/linux/input.h).</summary>
/// <param name="kernel">The guest.</param>
public sealed class InputDev(GuestKernel kernel) : Device(kernel.World)
{
    private uint evBit;

    /// <inheritdoc/>
    public override string TypeName => "struct input_dev";

    /// <summary>The structure itself.</summary>
    internal Ptr<InputDev> Self { get; set; }

    /// <summary>Bus id of the ccw device behind it.</summary>
    internal string BusId { get; set; } = "";

    /// <summary>Bus, vendor, product, version (id).</summary>
    internal ushort[] Ids { get; } = new ushort[4];

    /// <summary>Keys that it has (keybit).</summary>
    internal byte[] KeyBit { get; } = new byte[KeyBytes];

    /// <summary>Keys that are pressed (key).</summary>
    internal byte[] KeysDown { get; } = new byte[KeyBytes];

    /// <summary>Lights that it has (ledbit).</summary>
    internal byte[] LedBit { get; } = new byte[LedBytes];

    /// <summary>Lights that are on (led).</summary>
    internal byte[] LedsOn { get; } = new byte[LedBytes];

    /// <summary>Tells the driver of an event that is meant for the device; called with <see cref="EventLock"/> held (event).</summary>
    internal Func<Ptr<InputDev>, ushort, ushort, int, SimTask>? Event { get; set; }

    /// <summary>Events of which the report did not come yet (vals).</summary>
    internal Ptr<InputValues> Vals { get; set; }

    /// <summary>Milliseconds until a key is repeated for the first time (rep[REP_DELAY]); 0 before the device is registered.</summary>
    internal int RepeatDelay { get; set; }

    /// <summary>Milliseconds from then on (rep[REP_PERIOD]).</summary>
    internal int RepeatPeriod { get; set; }

    /// <summary>The key that is repeated (repeat_key).</summary>
    internal ushort RepeatKey { get; set; }

    /// <summary>Repeats it (timer).</summary>
    internal Simulation.Timer? Timer { get; set; }

    /// <summary>Protects the state of keys and lights, and everybody who is told of them (event_lock).</summary>
    internal SpinLock EventLock { get; } = new(kernel.World, "dev->event_lock");

    /// <summary>Serializes opening and closing (mutex).</summary>
    internal Mutex Mutex { get; } = new(kernel.World, "dev->mutex");

    /// <summary>Handles that are open (users).</summary>
    internal int Users { get; set; }

    /// <summary>It is being unregistered: nobody may open it (going_away).</summary>
    internal bool GoingAway { get; set; }

    /// <summary>Who listens to it (h_list); each of them embeds its handle.</summary>
    internal List<Ptr<Evdev>> Handles { get; } = [];

    private const int KeyBytes = 96;
    private const int LedBytes = 2;

    /// <summary>Whether it has a type of events (evbit).</summary>
    internal bool Has(ushort type) => type < 32 && (evBit >> type & 1) != 0;

    /// <summary>It has a type of events (__set_bit on evbit).</summary>
    internal void Set(ushort type) => evBit |= 1u << type;

    /// <summary>Models input_dev_release().</summary>
    public override SimTask Release()
    {
        using var frame = kernel.Enter("input_dev_release");
        kernel.Heap.Free(Self.Read().Vals);
        kernel.Heap.Free(Self);
        return SimTask.Done;
    }
}

/// <summary>Events that wait for their report (struct input_value[], an allocation of its own).</summary>
/// <param name="room">How many there can be (max_vals).</param>
internal sealed class InputValues(int room) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct input_value[]";

    /// <summary>How many there can be (max_vals).</summary>
    internal int Room => room;

    /// <summary>Those that there are (num_vals).</summary>
    internal List<InputValue> Values { get; } = [];
}

/// <summary>An event (struct input_value).</summary>
internal readonly record struct InputValue(ushort Type, ushort Code, int Value)
{
    /// <summary>Whether it ends a report (EV_SYN, SYN_REPORT).</summary>
    internal bool IsReport => this is { Type: EventType.Syn, Code: 0 };
}

/// <summary>Types of events (include/uapi/linux/input-event-codes.h).</summary>
internal static class EventType
{
    internal const byte Syn = 0x00;
    internal const byte Key = 0x01;
    internal const byte Rel = 0x02;
    internal const byte Abs = 0x03;
    internal const byte Msc = 0x04;
    internal const byte Sw = 0x05;
    internal const byte Led = 0x11;
    internal const byte Snd = 0x12;
    internal const byte Rep = 0x14;
}
