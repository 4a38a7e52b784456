namespace CcwFuzz.Target.Hypervisor.Devices.Input;

/// <summary>The configuration of QEMU's keyboard (virtio_keyboard_config): pieces that the driver chooses by two numbers.</summary>
internal static class KeyboardConfig
{
    /// <summary>Bytes of configuration space: the two numbers, a size and padding, and the largest piece.</summary>
    public const int Size = HeaderSize + 29;

    private const int HeaderSize = 8;
    private const byte IdName = 0x01;
    private const byte IdDevids = 0x03;
    private const byte EventBits = 0x11;
    private const byte Key = 0x01;
    private const byte Led = 0x11;
    private const byte Repeat = 0x14;

    // Bus 6 (virtual), vendor 0x627, product 1, version 1.
    private static readonly byte[] Ids = [6, 0, 0x27, 6, 1, 0, 1, 0];

    // Num lock, caps lock, scroll lock.
    private static readonly byte[] Leds = [7];

    // That there are repeated keys is all that is said of them.
    private static readonly byte[] NoBits = [0];

    private static readonly byte[] Name = [.. "QEMU Virtio Keyboard"u8, 0];

    // The keys that QEMU has a code for (qemu_input_map_qcode_to_linux), one bit for each.
    private static readonly byte[] Keys =
    [
        0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xcf, 0x7b, 0xff, 0xff, 0xbe,
        0xfe, 0xff, 0xdf, 0x00, 0xf8, 0x78, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04,
    ];

    /// <summary>Whether the keyboard has a key.</summary>
    public static bool HasKey(int code) => code / 8 < Keys.Length && (Keys[code / 8] & (1 << (code % 8))) != 0;

    /// <summary>Fills in configuration space; zeros if there is no such piece (virtio_input_find_config).</summary>
    public static void Fill(byte select, byte subsel, Span<byte> into)
    {
        into.Clear();
        if (Find(select, subsel) is not { } piece) return;
        into[0] = select;
        into[1] = subsel;
        into[2] = (byte)piece.Length;
        piece.CopyTo(into[HeaderSize..]);
    }

    private static byte[]? Find(byte select, byte subsel) => (select, subsel) switch
    {
        (IdName, 0) => Name,
        (IdDevids, 0) => Ids,
        (EventBits, Repeat) => NoBits,
        (EventBits, Led) => Leds,
        (EventBits, Key) => Keys,
        _ => null,
    };
}
