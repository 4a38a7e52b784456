using System.Buffers.Binary;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>A serial adapter: remembers control messages, and keeps the buffers that are for the guest's input.</summary>
internal sealed class FakeConsole : FakeBackend
{
    private const int ControlOut = 3;

    public FakeConsole(int ports = 2) => BinaryPrimitives.WriteInt32LittleEndian(Config.AsSpan(4), ports);

    public bool IsMultiport { get; init; } = true;

    /// <summary>What the guest said: number of the port, event, value.</summary>
    public List<(uint Id, int Event, int Value)> Messages { get; } = [];

    /// <summary>What the guest wrote to its ports.</summary>
    public List<byte> Written { get; } = [];

    public override byte[] Config { get; } = new byte[12];

    public override uint DeviceId => 3;

    public override int Queues => 2 * (Config[4] + 1);

    public override ulong Features => Offered.Transport | (IsMultiport ? 2UL : 0);

    public static byte[] Message(uint id, int what, int value)
    {
        var message = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(message, id);
        BinaryPrimitives.WriteInt16LittleEndian(message.AsSpan(4), (short)what);
        BinaryPrimitives.WriteInt16LittleEndian(message.AsSpan(6), (short)value);
        return message;
    }

    public override int Handle(int queue, FakeBuffer buffer)
    {
        if (queue % 2 == 0) return -1;
        var bytes = buffer.Read();
        if (queue != ControlOut || !IsMultiport)
            Written.AddRange(bytes);
        else
            Messages.Add((BinaryPrimitives.ReadUInt32LittleEndian(bytes), bytes[4], bytes[6]));
        return 0;
    }
}
