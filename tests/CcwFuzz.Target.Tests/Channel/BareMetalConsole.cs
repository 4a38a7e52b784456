using System.Globalization;
using System.Text;
using CcwFuzz.Target.Channel;

namespace CcwFuzz.Target.Tests.Channel;

/// <summary>Collects what the bare-metal program prints, in the format of the recordings.</summary>
internal sealed class BareMetalConsole
{
    private readonly StringBuilder line = new();
    private readonly List<string> lines = [];

    /// <summary>The lines that are complete.</summary>
    public IReadOnlyList<string> Lines => lines;

    public BareMetalConsole Text(string text)
    {
        line.Append(text);
        return this;
    }

    public BareMetalConsole Hex(ulong value, int digits)
    {
        var mask = digits == 16 ? ulong.MaxValue : (1UL << (4 * digits)) - 1;
        line.Append((value & mask).ToString("x" + digits, CultureInfo.InvariantCulture));
        return this;
    }

    public BareMetalConsole Cc(InstructionResult result) => Hex((ulong)result, 1);

    public BareMetalConsole Bytes(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) Hex(value, 2);
        return this;
    }

    public BareMetalConsole Status(in Scsw scsw) =>
        Text(" scsw=").Hex(scsw.Word0, 8).Text(" ").Hex(scsw.Cpa, 8).Text(" ").Hex(scsw.Word2, 8)
            .Text(" [fctl=").Hex((scsw.Word0 >> 12) & 7, 1).Text(" actl=").Hex((scsw.Word0 >> 5) & 0x7f, 2)
            .Text(" stctl=").Hex(scsw.Word0 & 0x1f, 2).Text(" dstat=").Hex((ulong)scsw.DeviceStatus, 2)
            .Text(" cstat=").Hex((ulong)scsw.SubchannelStatus, 2)
            .Text(" resid=").Text(scsw.Count.ToString(CultureInfo.InvariantCulture)).Text("]");

    public void End()
    {
        lines.Add(line.ToString());
        line.Clear();
    }
}
