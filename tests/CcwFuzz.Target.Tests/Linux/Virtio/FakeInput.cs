using System.Buffers.Binary;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>A keyboard with a few keys, one piece of configuration at a time.</summary>
internal sealed class FakeInput : FakeBackend
{
    private readonly byte[] config = new byte[37];

    /// <summary>Type, code and value of what was written to the status queue.</summary>
    public List<(int Type, int Code, uint Value)> Status { get; } = [];

    /// <summary>Features; without VERSION_1 the driver does not want it.</summary>
    public ulong Transport { get; init; } = Offered.Transport;

    public override uint DeviceId => 18;

    public override ulong Features => Transport;

    public override int Queues => 2;

    public override byte[] Config
    {
        get
        {
            byte[] piece = (config[0], config[1]) switch
            {
                (1, 0) => [.. "keys"u8],
                (3, 0) => [6, 0, 1, 0, 2, 0, 3, 0],
                (0x11, 1) => [0xfe, 0xff],
                (0x11, 0x11) => [7],
                (0x11, 0x14) => [0],
                _ => [],
            };
            config.AsSpan(2).Clear();
            config[2] = (byte)piece.Length;
            piece.CopyTo(config, 8);
            return config;
        }
    }

    public override int Handle(int queue, FakeBuffer buffer)
    {
        if (queue == 0) return -1; // kept until there is an event
        Status.Add(Read(buffer.Read()));
        return 0;
    }

    /// <summary>An event as the driver gets it.</summary>
    public static byte[] Event(ushort type, ushort code, uint value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, type);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), code);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), value);
        return bytes;
    }

    private static (int Type, int Code, uint Value) Read(byte[] data) => (
        BinaryPrimitives.ReadUInt16LittleEndian(data),
        BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(2)),
        BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(4)));
}
