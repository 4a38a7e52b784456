using CcwFuzz.Target.Hypervisor.Devices.Blk;
using System.Buffers.Binary;
using System.Text;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Scsi;

/// <summary>The disk on target 0, logical unit 0 (hw/scsi/scsi-disk.c, scsi-bus.c): the commands that Linux sends.</summary>
/// <param name="world">Where it lives.</param>
public sealed class HostScsiDisk(World world)
{
    /// <summary>Bytes that one command may move.</summary>
    public const int MaxTransfer = 65536;

    private const byte PageCaching = 0x08;
    private const byte PageReadWriteError = 0x01;
    private const byte PageAll = 0x3f;
    private ScsiSense deviceAttention;
    private ScsiSense busAttention;

    /// <summary>What is on the disk.</summary>
    public DiskImage Image { get; } = new();

    /// <summary>What comes of reads and writes that are performed now.</summary>
    internal BackEndResult Result { get; set; }

    /// <summary>Something the next command, whatever it is, has to report first.</summary>
    public ScsiSense UnitAttention => deviceAttention.Exists ? deviceAttention : busAttention;

    /// <summary>Models scsi_req_enqueue() with scsi_req_new(): performs a command.</summary>
    /// <param name="command">The command; its size is at most <see cref="MaxTransfer"/> where data is moved.</param>
    /// <param name="cdb">Its descriptor block.</param>
    /// <param name="lun">Logical unit that it addresses; only 0 exists.</param>
    /// <param name="data">The data, as long as the command says; filled in here or by the guest.</param>
    /// <param name="residual">Bytes of the size that were not moved.</param>
    /// <returns>Sense data, or nothing if the command succeeded.</returns>
    internal ScsiSense Execute(in HostScsiCommand command, ReadOnlySpan<byte> cdb, int lun, Span<byte> data, out uint residual)
    {
        using var _ = world.Enter("scsi_req_enqueue");
        residual = 0;
        if (UnitAttention.Exists && command.Opcode is not (HostScsiCommand.Inquiry or HostScsiCommand.ReportLuns))
        {
            var attention = UnitAttention;
            ClearAttention();
            return attention;
        }
        if (lun != 0 && command.Opcode is not HostScsiCommand.Inquiry) return ScsiSense.LunNotSupported;
        if (command.Opcode == HostScsiCommand.ReportLuns) return ReportLuns(in command, cdb, data, out residual);
        if (lun != 0) return InquireAbsent(cdb, data);
        return command.Opcode is HostScsiCommand.Read10 or HostScsiCommand.Write10
            ? Move(in command, cdb, data)
            : Emulate(in command, cdb, data);
    }

    /// <summary>The disk is reset; it says so once (scsi_disk_reset).</summary>
    internal void Reset() => deviceAttention = ScsiSense.Reset;

    /// <summary>Logical units came or went; the target says so once (scsi_bus_set_ua).</summary>
    internal void LunsChanged() => busAttention = ScsiSense.ReportedLunsChanged;

    internal void Renew()
    {
        Image.Reset();
        Result = BackEndResult.Ok;
        deviceAttention = busAttention = default;
    }

    private void ClearAttention()
    {
        if (deviceAttention.Exists) deviceAttention = default;
        else busAttention = default;
    }

    /// <summary>Models scsi_target_emulate_report_luns(): lists the one unit there is.</summary>
    private ScsiSense ReportLuns(in HostScsiCommand command, ReadOnlySpan<byte> cdb, Span<byte> data, out uint residual)
    {
        using var _ = world.Enter("scsi_target_emulate_report_luns");
        const int Header = 8;
        const int Entry = 8;
        residual = 0;
        if (command.Size < Header + Entry || cdb[2] > 2) return ScsiSense.InvalidField;
        data.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(data, Entry);
        residual = command.Size - (Header + Entry);
        if (UnitAttention == ScsiSense.ReportedLunsChanged) ClearAttention();
        return default;
    }

    /// <summary>INQUIRY of a logical unit that does not exist (scsi_target_emulate_inquiry).</summary>
    private static ScsiSense InquireAbsent(ReadOnlySpan<byte> cdb, Span<byte> data)
    {
        const byte NoLun = 0x7f;
        if ((cdb[1] & 3) != 0 || cdb[2] != 0) return ScsiSense.InvalidField;
        data.Clear();
        if (data.Length > 0) data[0] = NoLun;
        return default;
    }

    /// <summary>Models scsi_disk_dma_command(): reads or writes blocks.</summary>
    private ScsiSense Move(in HostScsiCommand command, ReadOnlySpan<byte> cdb, Span<byte> data)
    {
        using var _ = world.Enter("scsi_disk_dma_command");
        if ((cdb[1] & 0xe0) != 0) return ScsiSense.InvalidField;
        if (!Image.Contains(command.Lba, command.Blocks)) return ScsiSense.LbaOutOfRange;
        if (Result == BackEndResult.IoError) return ScsiSense.IoError; // scsi_sense_from_errno
        if (Result == BackEndResult.MediumError) return ScsiSense.ReadError;
        if (command.Opcode == HostScsiCommand.Read10) Image.Read(command.Lba, command.Size).CopyTo(data);
        else data.CopyTo(Image.Write(command.Lba, command.Size));
        return default;
    }

    /// <summary>Models scsi_disk_emulate_command(): answers the commands that need no data of the disk.</summary>
    private ScsiSense Emulate(in HostScsiCommand command, ReadOnlySpan<byte> cdb, Span<byte> data)
    {
        using var _ = world.Enter("scsi_disk_emulate_command");
        if (command.Size > MaxTransfer) return ScsiSense.InvalidField;
        Span<byte> reply = stackalloc byte[256];
        reply.Clear();
        ScsiSense sense = default;
        switch (command.Opcode)
        {
            case HostScsiCommand.TestUnitReady or HostScsiCommand.SynchronizeCache:
            case HostScsiCommand.StartStop or HostScsiCommand.AllowRemoval:
                break;
            case HostScsiCommand.Inquiry:
                sense = (cdb[1] & 1) != 0 ? InquireVitalProductData(cdb, reply) : Inquire(cdb, reply, data.Length);
                break;
            case HostScsiCommand.ModeSense6 or HostScsiCommand.ModeSense10:
                sense = SenseMode(cdb, reply);
                break;
            case HostScsiCommand.RequestSense:
                default(ScsiSense).Store(reply);
                break;
            case HostScsiCommand.ReadCapacity10:
                if ((cdb[8] & 1) == 0 && command.Lba != 0) return ScsiSense.InvalidField;
                BinaryPrimitives.WriteUInt32BigEndian(reply, Image.Sectors - 1);
                BinaryPrimitives.WriteUInt32BigEndian(reply[4..], DiskImage.SectorSize);
                break;
            case HostScsiCommand.ServiceActionIn16 when (cdb[1] & 0x1f) == 0x10:
                if ((cdb[14] & 1) == 0 && command.Lba != 0) return ScsiSense.InvalidField;
                BinaryPrimitives.WriteUInt64BigEndian(reply, Image.Sectors - 1);
                BinaryPrimitives.WriteUInt32BigEndian(reply[8..], DiskImage.SectorSize);
                break;
            case HostScsiCommand.ServiceActionIn16:
                return ScsiSense.InvalidField;
            default:
                return ScsiSense.InvalidOpcode;
        }
        if (sense.Exists) return sense;
        // The guest gets as much as it asked for, zeros behind the reply.
        data.Clear();
        reply[..Math.Min(reply.Length, data.Length)].CopyTo(data);
        return default;
    }

    private static ScsiSense Inquire(ReadOnlySpan<byte> cdb, Span<byte> reply, int size)
    {
        const byte ScsiVersion = 5;
        const byte HierarchicalFormat2 = 0x12;
        const byte SyncAndQueueing = 0x12;
        const int Minimum = 36;
        if (cdb[2] != 0) return ScsiSense.InvalidField;
        reply[2] = ScsiVersion;
        reply[3] = HierarchicalFormat2;
        reply[4] = (byte)((size > Minimum ? Math.Min(size, 256) : Minimum) - 5);
        reply[7] = SyncAndQueueing;
        Encoding.ASCII.GetBytes("QEMU    QEMU HARDDISK   2.5+", reply[8..]);
        return default;
    }

    private static ScsiSense InquireVitalProductData(ReadOnlySpan<byte> cdb, Span<byte> reply)
    {
        const int Header = 4;
        reply[1] = cdb[2];
        switch (cdb[2])
        {
            case 0x00:
                ReadOnlySpan<byte> pages = [0x00, 0x83, 0xb0, 0xb1, 0xb2];
                pages.CopyTo(reply[Header..]);
                reply[3] = (byte)pages.Length;
                return default;
            case 0x83: // the drive's name, in ASCII
                ReadOnlySpan<byte> id = [0x02, 0x00, 0x00, 0x02, (byte)'d', (byte)'0'];
                id.CopyTo(reply[Header..]);
                reply[3] = (byte)id.Length;
                return default;
            case 0xb0: // block limits
                reply[3] = 0x3c;
                reply[4] = 1;
                BinaryPrimitives.WriteUInt32BigEndian(reply[24..], 255);
                return default;
            case 0xb1: // block device characteristics
                reply[3] = 0x3c;
                return default;
            case 0xb2: // thin provisioning
                reply[3] = 4;
                reply[5] = 0xe0;
                reply[6] = 1;
                return default;
            default:
                return ScsiSense.InvalidField;
        }
    }

    private ScsiSense SenseMode(ReadOnlySpan<byte> cdb, Span<byte> reply)
    {
        const byte DisableBlockDescriptors = 0x08;
        const byte DpoFua = 0x10;
        const int BlockDescriptor = 8;
        var six = cdb[0] == HostScsiCommand.ModeSense6;
        var control = cdb[2] >> 6;
        var page = cdb[2] & PageAll;
        if (control == 3) return ScsiSense.SavingNotSupported;
        if (page is not (PageCaching or PageReadWriteError or PageAll)) return ScsiSense.InvalidField;
        var at = six ? 4 : 8;
        reply[six ? 2 : 3] = DpoFua;
        if ((cdb[1] & DisableBlockDescriptors) == 0)
        {
            reply[six ? 3 : 7] = BlockDescriptor;
            BinaryPrimitives.WriteUInt32BigEndian(reply[at..], Image.Sectors);
            BinaryPrimitives.WriteUInt32BigEndian(reply[(at + 4)..], DiskImage.SectorSize);
            at += BlockDescriptor;
        }
        if (page is PageReadWriteError or PageAll) at = AddPage(reply, at, PageReadWriteError, 10, control == 1 ? (byte)0 : (byte)0x80);
        if (page is PageCaching or PageAll) at = AddPage(reply, at, PageCaching, 0x12, 0x04);
        if (six) reply[0] = (byte)(at - 1);
        else BinaryPrimitives.WriteUInt16BigEndian(reply, (ushort)(at - 2));
        return default;
    }

    private static int AddPage(Span<byte> reply, int at, byte page, byte length, byte first)
    {
        reply[at] = page;
        reply[at + 1] = length;
        reply[at + 2] = first;
        return at + 2 + length;
    }
}
