using System.Buffers.Binary;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Input;

/// <summary>The keyboard (hw/input/virtio-input.c, virtio-input-hid.c).</summary>
/// <remarks>
/// Keys come when a campaign says so, and while the back end is stalled they wait behind the device. A key goes to this keyboard,
/// whichever one the user interface would choose.
/// </remarks>
public sealed class HostInput : VirtioHostDevice
{
    private const int QueueSize = 64;
    private const int EventsQueue = 0;
    private const int EventSize = 8;
    private const int MaxHeld = 64;
    private const ushort LedNumLock = 0;
    private const ushort LedScrollLock = 2;
    private readonly Queue<ushort> held = new();
    private readonly VirtqueueElement first;
    private readonly VirtqueueElement second;
    private byte select;
    private byte subsel;
    private bool isActive;

    internal HostInput(World world, GuestMemory memory) : base(world, memory)
    {
        first = new VirtqueueElement(memory);
        second = new VirtqueueElement(memory);
    }

    /// <inheritdoc/>
    public override byte DeviceId => 18;

    /// <inheritdoc/>
    public override string ContextName => "host/input";

    /// <inheritdoc/>
    internal override bool ForcesRevision1 => true;

    /// <summary>The lights that are on: num lock 1, caps lock 2, scroll lock 4 (ledstate).</summary>
    public int Leds { get; private set; }

    /// <summary>Reports that were dropped, because the guest had left no buffers for them.</summary>
    public int Dropped { get; private set; }

    /// <summary>A key is pressed and released; the code of the key is one more than <paramref name="what"/>.</summary>
    internal override void Inject(int what)
    {
        var code = (ushort)(what + 1);
        if (!IsStalled) Press(code);
        else if (held.Count < MaxHeld) held.Enqueue(code);
    }

    /// <inheritdoc/>
    internal override void Complete(BackEndResult result)
    {
        base.Complete(result);
        while (held.TryDequeue(out var code)) Press(code);
    }

    /// <summary>Models virtio_input_set_config(): the driver chooses which piece of the configuration it is going to read.</summary>
    internal override void SetConfig()
    {
        using var _ = World.Enter("virtio_input_set_config");
        select = Config[0];
        subsel = Config[1];
        NotifyConfig();
    }

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        AddQueue(QueueSize);
        AddQueue(QueueSize);
        SetConfigLength(KeyboardConfig.Size);
        (select, subsel, isActive, Leds, Dropped) = (0, 0, false, 0, 0);
        held.Clear();
    }

    /// <summary>Models virtio_input_hid_unrealize(): keys go elsewhere from now on.</summary>
    protected override void OnUnrealize()
    {
        using var _ = World.Enter("virtio_input_hid_unrealize");
        held.Clear();
    }

    /// <summary>Models virtio_input_set_status().</summary>
    protected override void OnStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_input_set_status");
        if ((value & VirtioStatus.DriverOk) != 0) isActive = true;
    }

    /// <summary>Models virtio_input_reset().</summary>
    protected override void OnReset()
    {
        using var _ = World.Enter("virtio_input_reset");
        isActive = false;
    }

    /// <summary>Models virtio_input_get_config().</summary>
    protected override void GetConfig(Span<byte> into)
    {
        using var _ = World.Enter("virtio_input_get_config");
        KeyboardConfig.Fill(select, subsel, into);
    }

    /// <inheritdoc/>
    protected override void OnOutput(HostVirtqueue queue)
    {
        if (queue.Index == EventsQueue) HandleEvents();
        else HandleStatus(queue);
    }

    /// <summary>Models virtio_input_handle_evt(): buffers wait in the queue until there is an event.</summary>
    private void HandleEvents()
    {
        using var _ = World.Enter("virtio_input_handle_evt");
    }

    /// <summary>Models virtio_input_handle_sts().</summary>
    private void HandleStatus(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_input_handle_sts");
        Span<byte> bytes = stackalloc byte[EventSize];
        while (queue.Pop() is { } buffer)
        {
            bytes.Clear();
            var length = buffer.Read(0, bytes);
            SetLed(bytes);
            queue.Push(buffer, (uint)length);
        }
        queue.NotifyGuest();
    }

    /// <summary>Models virtio_input_hid_handle_status().</summary>
    private void SetLed(ReadOnlySpan<byte> bytes)
    {
        using var _ = World.Enter("virtio_input_hid_handle_status");
        var type = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (type != InputEvent.Led)
        {
            World.Trace.Add(TraceKind.Log, $"{ContextName}: unknown type {type}");
            return;
        }
        var code = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
        var bit = code is >= LedNumLock and <= LedScrollLock ? 1 << code : 0;
        Leds = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != 0 ? Leds | bit : Leds & ~bit;
    }

    private void Press(ushort code)
    {
        foreach (var value in (ReadOnlySpan<uint>)[1, 0])
        {
            // A key that QEMU has no code for is not sent; the report that ends it is.
            if (KeyboardConfig.HasKey(code)) Send(new InputEvent(InputEvent.Key, code, value), InputEvent.Report);
            else Send(InputEvent.Report);
        }
    }

    /// <summary>Models virtio_input_send() of a whole report: the guest has buffers for all its events, or none of them is sent.</summary>
    private void Send(params ReadOnlySpan<InputEvent> events)
    {
        using var _ = World.Enter("virtio_input_send");
        if (!isActive) return;
        var queue = Queue(EventsQueue)!;
        for (var i = 0; i < events.Length; i++)
        {
            if (queue.Pop(i == 0 ? first : second) is not null) continue;
            while (--i >= 0) queue.Unpop();
            Dropped++;
            return;
        }
        for (var i = 0; i < events.Length; i++) Fill(queue, i == 0 ? first : second, events[i]);
        queue.NotifyGuest();
    }

    private static void Fill(HostVirtqueue queue, VirtqueueElement buffer, InputEvent data)
    {
        Span<byte> bytes = stackalloc byte[EventSize];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, data.Type);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], data.Code);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], data.Value);
        queue.Push(buffer, (uint)buffer.Write(0, bytes));
    }

    /// <summary>What goes to the guest and comes from it (struct virtio_input_event).</summary>
    private readonly record struct InputEvent(ushort Type, ushort Code, uint Value)
    {
        /// <summary>A key went down or up (EV_KEY).</summary>
        public const ushort Key = 1;

        /// <summary>A light goes on or off (EV_LED).</summary>
        public const ushort Led = 0x11;

        /// <summary>What came since the last report belongs together (EV_SYN, SYN_REPORT).</summary>
        public static InputEvent Report => default;
    }
}
