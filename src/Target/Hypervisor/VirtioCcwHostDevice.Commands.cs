using System.Buffers.Binary;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <content>Interpretation of the virtio-ccw commands (virtio_ccw_cb).</content>
public sealed partial class VirtioCcwHostDevice
{
    private const int FeatureBlockSize = 5;
    private const int FeatureWordSize = 4;
    private const int RevisionBlockSize = 4;

    /// <summary>Models virtio_ccw_cb(): performs one command.</summary>
    /// <returns>0; -ENOSYS rejects the command; -EINVAL and -EFAULT are program checks.</returns>
    public int InterpretCommand(HostSubchannel subchannel, in Ccw ccw)
    {
        ArgumentNullException.ThrowIfNull(subchannel);
        using var _ = world.Enter("virtio_ccw_cb");
        if (!IsPlugged) return -Errno.EINVAL;
        if (world.Trace.On) world.Trace.Add(TraceKind.Command, VirtioCcwCommand.NameOf(ccw.Command));
        if (Revision < 0 && ccw.Command != VirtioCcwCommand.SetVirtioRev && Virtio.ForcesRevision1) return -Errno.ENOSYS;
        // A driver that starts with anything else than a revision is a legacy driver.
        if (Revision < 0 && ccw.Command != VirtioCcwCommand.SetVirtioRev) Revision = 0;
        var result = Perform(subchannel, in ccw);
        if (channel.Variant.HasHostDefect) rules.Ended(ccw.Command, result);
        world.Features.Hit(0x21, ccw.Command, ((uint)-result << 8) | (uint)Virtio.Status);
        return result;
    }

    private int Perform(HostSubchannel sch, in Ccw ccw) => ccw.Command switch
    {
        VirtioCcwCommand.SetVq => SetQueue(sch, in ccw),
        VirtioCcwCommand.VdevReset => ResetDevice(),
        VirtioCcwCommand.ReadFeat => ReadFeatures(sch, in ccw),
        VirtioCcwCommand.WriteFeat => WriteFeatures(sch, in ccw),
        VirtioCcwCommand.ReadConf => ReadConfiguration(sch, in ccw),
        VirtioCcwCommand.WriteConf => WriteConfiguration(sch, in ccw),
        VirtioCcwCommand.ReadStatus => ReadStatus(sch, in ccw),
        VirtioCcwCommand.WriteStatus => WriteStatus(sch, in ccw),
        VirtioCcwCommand.SetInd => SetIndicators(sch, in ccw),
        VirtioCcwCommand.SetConfInd => SetConfigIndicators(sch, in ccw),
        VirtioCcwCommand.ReadVqConf => ReadQueueConfiguration(sch, in ccw),
        VirtioCcwCommand.SetIndAdapter => SetAdapterIndicators(sch, in ccw),
        VirtioCcwCommand.SetVirtioRev => SetRevision(sch, in ccw),
        _ => -Errno.ENOSYS,
    };

    /// <summary>Exactly as long as the payload, or with the length suppressed at least as long.</summary>
    private static bool HasLength(in Ccw ccw, int length) => ccw.ChecksLength ? ccw.Count == length : ccw.Count >= length;

    private static int CheckPayload(in Ccw ccw, int length)
    {
        if (!HasLength(in ccw, length)) return -Errno.EINVAL;
        return ccw.Cda == 0 ? -Errno.EFAULT : 0;
    }

    private static void SetResidual(HostSubchannel sch, in Ccw ccw, int moved) => sch.Status.Scsw.Count = (ushort)(ccw.Count - moved);

    private int ResetDevice()
    {
        ResetVirtio(keepsIndicators: Has(Defects.GuestResetKeepsIndicators));
        return 0;
    }

    private int ReadFeatures(HostSubchannel sch, in Ccw ccw)
    {
        if (CheckPayload(in ccw, FeatureBlockSize) is var bad and not 0) return bad;
        Span<byte> index = stackalloc byte[1];
        sch.Data.Advance(FeatureWordSize);
        if (sch.Data.Read(index) is var unreadable and not 0) return unreadable;
        var offered = Revision >= 1 ? Virtio.HostFeatures & ~(VirtioFeature.LegacyMask | Virtio.LegacyFeatures) : Virtio.HostFeatures;
        var word = index[0] switch
        {
            0 => (uint)offered,
            1 when Revision >= 1 => (uint)(offered >> 32),
            _ => 0u,
        };
        Span<byte> bytes = stackalloc byte[FeatureWordSize];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        sch.Data.Rewind();
        var result = sch.Data.Write(bytes);
        if (result == 0) SetResidual(sch, in ccw, FeatureBlockSize);
        return result;
    }

    private int WriteFeatures(HostSubchannel sch, in Ccw ccw)
    {
        if (CheckPayload(in ccw, FeatureBlockSize) is var bad and not 0) return bad;
        Span<byte> block = stackalloc byte[FeatureBlockSize];
        if (sch.Data.Read(block) is var unreadable and not 0) return unreadable;
        ulong word = BinaryPrimitives.ReadUInt32LittleEndian(block);
        var index = block[FeatureWordSize];
        if (index == 0) Virtio.SetFeatures((Virtio.GuestFeatures & 0xffff_ffff_0000_0000) | word);
        else if (index == 1 && Revision >= 1) Virtio.SetFeatures((Virtio.GuestFeatures & 0xffff_ffff) | (word << 32));
        else if (word != 0) world.Trace.Add(TraceKind.Log, $"{this}: guest bug: features[{index}]={word:x} (expected 0)");
        SetResidual(sch, in ccw, FeatureBlockSize);
        return 0;
    }

    private int ReadConfiguration(HostSubchannel sch, in Ccw ccw)
    {
        if (ccw.ChecksLength && ccw.Count > Virtio.ConfigLength) return -Errno.EINVAL;
        if (ccw.Cda == 0) return -Errno.EFAULT;
        IsConfigSignalled = false;
        var length = Math.Min((int)ccw.Count, Virtio.ConfigLength);
        var result = sch.Data.Write(Virtio.ReadConfig()[..length]);
        // QEMU 7.2 has this test the wrong way round.
        if ((result == 0) == (IsNew && !Has(Defects.ReadConfResidual))) SetResidual(sch, in ccw, length);
        return result;
    }

    private int WriteConfiguration(HostSubchannel sch, in Ccw ccw)
    {
        if (ccw.ChecksLength && ccw.Count > Virtio.ConfigLength) return -Errno.EINVAL;
        if (ccw.Cda == 0) return -Errno.EFAULT;
        var length = Math.Min((int)ccw.Count, Virtio.ConfigLength);
        var result = sch.Data.Read(Virtio.ConfigBuffer(length));
        if (result != 0) return result;
        Virtio.SetConfig();
        SetResidual(sch, in ccw, length);
        return 0;
    }

    private int ReadStatus(HostSubchannel sch, in Ccw ccw)
    {
        if (CheckPayload(in ccw, 1) is var bad and not 0) return bad;
        // Stored straight at the data address: indirect addresses, SKIP and the address limit are ignored, and so is failure.
        if (memory.TryHostWrite(ccw.Cda, 1, out var bytes)) bytes[0] = (byte)Virtio.Status;
        SetResidual(sch, in ccw, 1);
        return 0;
    }

    private int WriteStatus(HostSubchannel sch, in Ccw ccw)
    {
        if (CheckPayload(in ccw, 1) is var bad and not 0) return bad;
        Span<byte> block = stackalloc byte[1];
        if (sch.Data.Read(block) is var unreadable and not 0) return unreadable;
        var status = (VirtioStatus)block[0];
        if ((status & VirtioStatus.DriverOk) == 0) StopIoeventfd();
        if (Virtio.SetStatus(status) != 0) return -Errno.ENOSYS;
        if (Virtio.Status == VirtioStatus.None) ResetVirtio(keepsIndicators: Has(Defects.GuestResetKeepsIndicators));
        if ((status & VirtioStatus.DriverOk) != 0) StartIoeventfd();
        SetResidual(sch, in ccw, 1);
        return 0;
    }

    private int SetRevision(HostSubchannel sch, in Ccw ccw)
    {
        if (ccw.Count < RevisionBlockSize) return -Errno.EINVAL;
        if (ccw.Cda == 0) return -Errno.EFAULT;
        Span<byte> block = stackalloc byte[RevisionBlockSize];
        if (sch.Data.Read(block) is var unreadable and not 0) return unreadable;
        var revision = BinaryPrimitives.ReadUInt16BigEndian(block);
        var length = RevisionBlockSize + BinaryPrimitives.ReadUInt16BigEndian(block[2..]);
        if (ccw.Count < length || (ccw.ChecksLength && ccw.Count > length)) return -Errno.EINVAL;
        if (Revision >= 0 || revision > MaxRevision || (Virtio.ForcesRevision1 && revision == 0)) return -Errno.ENOSYS;
        Revision = revision;
        return 0;
    }
}
