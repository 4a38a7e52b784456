namespace CcwFuzz.Target.Campaigns;

/// <summary>An argument of an operation: its name in text, its range, its place in the bytes.</summary>
/// <param name="Name">Name in the text form.</param>
/// <param name="Min">Smallest value, which is also the default.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Meaning">One phrase for help and error messages.</param>
public sealed record Parameter(string Name, int Min, int Max, string Meaning)
{
    /// <summary>Names of the values from <see cref="Min"/> on, if they are names.</summary>
    public IReadOnlyList<string> ValueNames { get; init; } = [];

    /// <summary>Whether the smallest value is the usual one, and the others are special cases.</summary>
    public bool HasUsual { get; init; }

    /// <summary>Whether the value is written as a device number, which depends on the slot.</summary>
    public bool IsDevno { get; init; }

    /// <summary>The value that two bytes mean: every number means one.</summary>
    public ushort Decode(ushort raw) => (ushort)(Min + (raw % (Max - Min + 1)));

    /// <summary>The two bytes that stand for a value.</summary>
    public ushort Encode(ushort value) => (ushort)(value - Min);
}

/// <summary>What is known about one opcode.</summary>
/// <param name="Opcode">The opcode.</param>
/// <param name="Name">Its name in the text form.</param>
/// <param name="HasSlot">Whether it is about one device.</param>
/// <param name="A">The first argument, if it has one.</param>
/// <param name="B">The second argument, if it has one.</param>
public sealed record OperationInfo(Opcode Opcode, string Name, bool HasSlot, Parameter? A = null, Parameter? B = null);

/// <summary>All opcodes with their names and arguments: what both codecs and all mutators go by.</summary>
public static class OperationTable
{
    private static readonly Parameter Sector = new("sector", 0, 255, "first sector");
    private static readonly Parameter Sectors = new("sectors", 1, 8, "number of sectors");

    private static readonly Parameter Part = new("what", 0, 1, "what is held back") { ValueNames = ["buffers", "functions"] };

    private static readonly OperationInfo[] Infos =
    [
        new(Opcode.Plug, "plug", true,
            new Parameter("type", 0, 5, "type of device") { ValueNames = ["rng", "blk", "scsi", "net", "serial", "balloon"] },
            new Parameter("devno", 0, Operation.Slots - 1, "device number") { IsDevno = true }),
        new(Opcode.Unplug, "unplug", true),
        new(Opcode.Open, "open", true),
        new(Opcode.Close, "close", true),
        new(Opcode.Online, "online", true, new Parameter("force", 0, 1, "whether a reservation is broken") { ValueNames = ["no", "yes"] }),
        new(Opcode.Offline, "offline", true),
        new(Opcode.Bind, "bind", true),
        new(Opcode.Unbind, "unbind", true),
        new(Opcode.Read, "read", true, Sector, Sectors),
        new(Opcode.Write, "write", true, Sector, Sectors),
        new(Opcode.BindCcw, "bind-ccw", true),
        new(Opcode.UnbindCcw, "unbind-ccw", true),
        new(Opcode.SysfsRead, "sysfs-read", true,
            new Parameter("what", 0, 1, "which attribute") { ValueNames = ["status", "dev_busid"] }),
        new(Opcode.Kick, "kick", true, new Parameter("queue", 0, 7, "number of the queue") { HasUsual = true },
            new Parameter("target", 0, 4, "what is notified")
            {
                ValueNames = ["own", "malformed", "absent", "beyond", "all-ones"], HasUsual = true,
            }),
        new(Opcode.ConfigChange, "config-change", true, new Parameter("pages", 0, 1000, "pages that a balloon shall hold")),
        new(Opcode.Interrupt, "interrupt", true,
            new Parameter("kind", 0, 4, "kind of interrupt") { ValueNames = ["spurious", "error", "config", "check", "nothing"] }),
        new(Opcode.Stall, "stall", true, Part),
        new(Opcode.Complete, "complete", true, Part,
            new Parameter("result", 0, 2, "what comes of reads and writes") { ValueNames = ["ok", "io-error", "medium-error"] }),
        new(Opcode.Rescan, "rescan", false),
        new(Opcode.CrwOverflow, "crw-overflow", false),
        new(Opcode.Settle, "settle", false),
        new(Opcode.Wait, "wait", false, new Parameter("ms", 1, 60_000, "virtual milliseconds")),
        new(Opcode.Stats, "stats", true),
        new(Opcode.Crowd, "crowd", false, new Parameter("bits", 1, 20 * 2048, "number of indicator bits")),
        new(Opcode.Port, "port", true,
            new Parameter("do", 0, 4, "what happens") { ValueNames = ["add", "remove", "connect", "disconnect", "send"] },
            new Parameter("port", 0, Operation.Ports - 1, "which port") { ValueNames = ["1", "2", "3", "console"] }),
        new(Opcode.Vary, "vary", false, new Parameter("to", 0, 1, "off or on") { ValueNames = ["off", "on"] }),
        new(Opcode.CioIgnore, "cio-ignore", true,
            new Parameter("do", 0, 2, "what is written") { ValueNames = ["add", "free", "purge"] }),
        new(Opcode.BindKeeper, "bind-keeper", true),
        new(Opcode.KeeperIo, "keeper-io", true,
            new Parameter("do", 0, 3, "what is started or stopped") { ValueNames = ["start", "suspend", "halt", "clear"] }),
        new(Opcode.Raw, "raw", true,
            new Parameter("cmd", 0, RawNames.Commands.Count - 1, "channel command") { ValueNames = RawNames.Commands },
            new Parameter("how", 0, RawNames.Forms.Count - 1, "form of the channel program")
            {
                ValueNames = RawNames.Forms, HasUsual = true,
            }),
        new(Opcode.LoseMachineCheck, "lose-mchk", false),
        new(Opcode.Reset, "reset", false,
            new Parameter("how", 0, 1, "whether devices are shut down before") { ValueNames = ["hard", "shutdown"] }),
    ];

    /// <summary>All of them; the index is the opcode.</summary>
    public static IReadOnlyList<OperationInfo> All => Infos;

    /// <summary>Number of opcodes.</summary>
    public static int Count => Infos.Length;

    /// <summary>What is known about an opcode.</summary>
    public static OperationInfo Of(Opcode opcode) => Infos[(int)opcode];

    /// <summary>The operation with all arguments brought into range and those it does not have removed.</summary>
    public static Operation Normalize(in Operation operation)
    {
        var info = Of(operation.Opcode);
        return new Operation(
            operation.Opcode,
            info.HasSlot ? (byte)(operation.Slot % Operation.Slots) : (byte)0,
            Clamp(info.A, operation.A),
            Clamp(info.B, operation.B),
            operation.Run);
    }

    private static ushort Clamp(Parameter? parameter, ushort value) =>
        parameter is null ? (ushort)0 : (ushort)Math.Clamp((int)value, parameter.Min, parameter.Max);
}
