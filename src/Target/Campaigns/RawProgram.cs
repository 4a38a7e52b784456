using System.Buffers.Binary;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Writes raw channel programs into memory that Linux does not use.</summary>
/// <param name="memory">The guest's RAM.</param>
/// <param name="area">Where the program and its data are: 12 KiB on a page's boundary.</param>
/// <param name="rings">Where the rings of queue 0 are: 12 KiB on a page's boundary.</param>
internal readonly struct RawProgram(GuestMemory memory, uint area, uint rings)
{
    /// <summary>Place of a CCW that is reached by a transfer in channel.</summary>
    public const int FarCcw = 0x40;

    /// <summary>Bytes that a misaligned program is off.</summary>
    public const int Misalignment = 4;

    private const uint PayloadOffset = 0x400;
    private const uint PayloadSize = 0x200;
    private const uint IndicatorOffset = 0x700;
    private const uint IdawOffset = 0x800;
    private const uint FirstBlock = 0x1000;
    private const uint SecondBlock = 0x2000;
    private const uint Format0Limit = 1u << 24;
    private const uint DescriptorSize = 16;
    private const uint RingsSize = 0x4000;
    private const uint BufferOffset = 0x900;
    private const uint NoRam = 0x7f00_0000;
    private const int BeforeBlockEnd = 3;

    /// <summary>The address that START SUBCHANNEL gets, unless the form is about it.</summary>
    public uint Address => area;

    /// <summary>Where data is read to and written from, unless by indirect addresses.</summary>
    public uint Payload => area + PayloadOffset;

    /// <summary>Writes a program.</summary>
    /// <returns>The block to start it with.</returns>
    public Orb Write(RawCommand command, RawForm form, in RawState state)
    {
        Fill(command, form, in state);
        var ccw = new Ccw
        {
            Command = RawNames.CodeOf(command),
            Flags = FlagsOf(form),
            Count = (ushort)state.CountOf(command, form),
            Cda = DataAddress(form),
        };
        WriteCcws(form, in ccw);
        return OrbOf(form);
    }

    /// <summary>Takes the suspend flag away.</summary>
    public void Unsuspend() => memory.Guest(area + Ccw.Size, Ccw.Size)[1] &= unchecked((byte)~CcwFlags.Suspend);

    private static CcwFlags FlagsOf(RawForm form) => form switch
    {
        RawForm.ShortSli or RawForm.LongSli => CcwFlags.SuppressLength,
        RawForm.DataChained => CcwFlags.SuppressLength | CcwFlags.ChainData,
        RawForm.Skip => CcwFlags.Skip,
        RawForm.Pci => CcwFlags.Pci,
        RawForm.Mida => CcwFlags.ModifiedIndirectData,
        RawForm.Ida1 or RawForm.Ida2 or RawForm.Ida2Small or RawForm.IdaMisaligned => CcwFlags.IndirectData,
        RawForm.Suspend or RawForm.SuspendRefused or RawForm.Cancel or RawForm.Halt or RawForm.Clear => CcwFlags.Suspend,
        _ => CcwFlags.None,
    };

    private uint DataAddress(RawForm form) => form switch
    {
        RawForm.NoAddress => 0,
        RawForm.NoRam => NoRam,
        RawForm.Format0Far => Format0Limit - 1,
        RawForm.Ida1 or RawForm.Ida2 or RawForm.Ida2Small => area + IdawOffset,
        RawForm.IdaMisaligned => area + IdawOffset + 4,
        _ => Payload,
    };

    private Orb OrbOf(RawForm form) => new()
    {
        Control = form switch
        {
            RawForm.Format0 or RawForm.Format0Empty or RawForm.Format0Far or RawForm.Format0Tic => OrbControl.None,
            RawForm.Ida2 or RawForm.IdaMisaligned => OrbControl.Format | OrbControl.Format2Idaw,
            RawForm.Ida2Small => OrbControl.Format | OrbControl.Format2Idaw | OrbControl.TwoKiloByteIdaw,
            RawForm.Suspend or RawForm.Cancel or RawForm.Halt or RawForm.Clear => OrbControl.Format | OrbControl.Suspend,
            RawForm.BadOrb => OrbControl.Format | OrbControl.Invalid,
            _ => OrbControl.Format,
        },
        Lpm = form == RawForm.NoPath ? (byte)0x7f : (byte)0xff,
        Cpa = form switch
        {
            RawForm.NoProgram => 0,
            RawForm.Misaligned => area + Misalignment,
            _ => area,
        },
    };

    private void WriteCcws(RawForm form, in Ccw ccw)
    {
        var noop = new Ccw
        {
            Command = CcwCommand.Noop,
            Flags = CcwFlags.ChainCommand | CcwFlags.SuppressLength,
            Count = 1,
            Cda = form == RawForm.LoopEmpty ? 0 : Payload,
        };
        switch (form)
        {
            case RawForm.Format0 or RawForm.Format0Empty or RawForm.Format0Far:
                PutFormat0(0, in ccw);
                break;
            case RawForm.Format0Tic:
                PutFormat0(0, in noop);
                PutFormat0(1, new Ccw { Command = CcwCommand.Tic, Flags = CcwFlags.ChainCommand, Count = 1, Cda = area + FarCcw });
                PutFormat0(FarCcw / Ccw.Size, in ccw);
                break;
            case RawForm.Misaligned:
                ccw.Store(memory.Guest(area + Misalignment, Ccw.Size));
                break;
            case RawForm.Chained or RawForm.Suspend or RawForm.SuspendRefused or RawForm.Cancel or RawForm.Halt or RawForm.Clear:
                Put(0, in noop);
                Put(1, in ccw);
                break;
            case RawForm.Tic:
                Put(0, in noop);
                Put(1, new Ccw { Command = CcwCommand.Tic, Cda = area + FarCcw });
                Put(FarCcw / (int)Ccw.Size, in ccw);
                break;
            case RawForm.TicTic:
                Put(0, in noop);
                Put(1, new Ccw { Command = CcwCommand.Tic, Cda = area + 16 });
                Put(2, new Ccw { Command = CcwCommand.Tic, Cda = area });
                break;
            case RawForm.TicCount:
                Put(0, in noop);
                Put(1, new Ccw { Command = CcwCommand.Tic, Count = 1, Cda = area + FarCcw });
                Put(FarCcw / (int)Ccw.Size, in ccw);
                break;
            case RawForm.Loop or RawForm.LoopEmpty:
                Put(0, in noop);
                Put(1, new Ccw { Command = CcwCommand.Tic, Cda = area });
                break;
            default:
                Put(0, in ccw);
                break;
        }
    }

    private void Put(int index, in Ccw ccw) => ccw.Store(memory.Guest(area + ((uint)index * Ccw.Size), Ccw.Size));

    private void PutFormat0(uint index, in Ccw ccw) => memory.Write64(
        area + (index * Ccw.Size), ((ulong)ccw.Command << 56) | ((ulong)ccw.Cda << 32) | ((ulong)ccw.Flags << 24) | ccw.Count);

    private void Fill(RawCommand command, RawForm form, in RawState state)
    {
        var payload = memory.Guest(Payload, PayloadSize);
        payload.Clear();
        FillPayload(payload, command, form, in state);
        var idaws = memory.Guest(area + IdawOffset, 32);
        switch (form)
        {
            case RawForm.Ida1:
                BinaryPrimitives.WriteUInt32BigEndian(idaws, area + FirstBlock);
                payload[..256].CopyTo(memory.Guest(area + FirstBlock, 256));
                break;
            case RawForm.Ida2:
                Split(payload, idaws, area + SecondBlock - BeforeBlockEnd, area + FirstBlock);
                break;
            case RawForm.Ida2Small:
                Split(payload, idaws, area + FirstBlock + 0x800 - BeforeBlockEnd, area + SecondBlock);
                break;
        }
    }

    /// <summary>The first three bytes at the end of one block, the rest in another.</summary>
    private void Split(ReadOnlySpan<byte> payload, Span<byte> idaws, uint first, uint second)
    {
        BinaryPrimitives.WriteUInt64BigEndian(idaws, first);
        BinaryPrimitives.WriteUInt64BigEndian(idaws[8..], second);
        payload[..BeforeBlockEnd].CopyTo(memory.Guest(first, BeforeBlockEnd));
        payload[BeforeBlockEnd..256].CopyTo(memory.Guest(second, 256 - BeforeBlockEnd));
    }

    private void FillPayload(Span<byte> payload, RawCommand command, RawForm form, in RawState state)
    {
        const ushort NoSuchQueue = 1024;
        const byte Ready = 0x0f;
        const byte NoSubclass = 9;
        var isWrong = form == RawForm.Wrong;
        var indicators = isWrong ? 0 : area + IndicatorOffset;
        switch (command)
        {
            case RawCommand.SetVq:
                FillQueue(payload, form, in state);
                break;
            case RawCommand.ReadFeat or RawCommand.WriteFeat when isWrong:
                payload[..4].Fill(0xff);
                payload[4] = 2;
                break;
            case RawCommand.WriteStatus when !isWrong:
                payload[0] = Ready;
                break;
            case RawCommand.SetInd:
                BinaryPrimitives.WriteUInt64BigEndian(payload, indicators);
                break;
            case RawCommand.SetConfInd:
                BinaryPrimitives.WriteUInt64BigEndian(payload, isWrong ? 0 : indicators + 8);
                break;
            case RawCommand.ReadVqConf when isWrong:
                BinaryPrimitives.WriteUInt16BigEndian(payload, NoSuchQueue);
                break;
            case RawCommand.SetIndAdapter:
                BinaryPrimitives.WriteUInt64BigEndian(payload, area + IndicatorOffset + 16);
                BinaryPrimitives.WriteUInt64BigEndian(payload[8..], area + IndicatorOffset + 24);
                payload[24] = isWrong ? NoSubclass : (byte)0;
                break;
            case RawCommand.SetRev:
                BinaryPrimitives.WriteUInt16BigEndian(payload, isWrong ? (ushort)3 : (ushort)2);
                break;
        }
    }

    private void FillQueue(Span<byte> payload, RawForm form, in RawState state)
    {
        const uint LegacyAlign = 4096;
        const ushort NoSuchQueue = 1024;
        BinaryPrimitives.WriteUInt64BigEndian(payload, form == RawForm.NoRing ? 0 : rings);
        if (form == RawForm.Filled) AddBuffer(state.IsLegacy ? (uint)state.QueueSize * DescriptorSize : 0x1000);
        BinaryPrimitives.WriteUInt16BigEndian(payload[12..], form == RawForm.Wrong ? NoSuchQueue : (ushort)0);
        if (state.IsLegacy)
        {
            BinaryPrimitives.WriteUInt32BigEndian(payload[8..], LegacyAlign);
            BinaryPrimitives.WriteUInt16BigEndian(payload[14..], (ushort)(form == RawForm.Size ? state.QueueSize - 1 : state.QueueSize));
            return;
        }
        BinaryPrimitives.WriteUInt16BigEndian(payload[14..], (ushort)(form == RawForm.Size ? state.QueueMax + 1 : state.QueueMax));
        BinaryPrimitives.WriteUInt64BigEndian(payload[16..], rings + 0x1000);
        BinaryPrimitives.WriteUInt64BigEndian(payload[24..], rings + 0x2000);
    }

    /// <summary>One buffer of 16 bytes for the device; it has no modern features, so the ring is big-endian.</summary>
    private void AddBuffer(uint available)
    {
        const ushort Write = 2;
        memory.Guest(rings, RingsSize).Clear();
        memory.Write64(rings, area + BufferOffset);
        memory.Write64(rings + 8, (16UL << 32) | ((ulong)Write << 16));
        memory.Write32(rings + available, 1);
    }
}
