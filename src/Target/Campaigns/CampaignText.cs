using CcwFuzz.Target.Linux.Kernel;
using System.Globalization;
using System.Text;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Writes campaigns for people; <see cref="CampaignParser"/> reads them back.</summary>
/// <remarks>
/// One operation a line: name, slot, arguments as name=value, those with their default left out. Faults (<c>fail</c>) and
/// deviations (<c>switch</c>) follow their operation, indented.
/// </remarks>
public static class CampaignText
{
    /// <summary>Word that starts a fault's line.</summary>
    public const string FaultWord = "fail";

    /// <summary>Word that starts a deviation's line.</summary>
    public const string DeviationWord = "switch";

    /// <summary>The text of a campaign; it ends with a line feed unless the campaign is empty.</summary>
    public static string Write(Campaign campaign)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        var text = new StringBuilder();
        int fault = 0, deviation = 0;
        for (var i = 0; i < campaign.Operations.Count; i++)
        {
            text.Append(Write(campaign.Operations[i])).Append('\n');
            for (; fault < campaign.Faults.Count && campaign.Faults[fault].Operation == i; fault++)
                text.Append("  ").Append(Write(campaign.Faults[fault])).Append('\n');
            for (; deviation < campaign.Deviations.Count && campaign.Deviations[deviation].Operation == i; deviation++)
                text.Append("  ").Append(Write(campaign.Deviations[deviation])).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The line of an operation, e.g. "plug 0 type=scsi run=35".</summary>
    public static string Write(in Operation operation)
    {
        var info = OperationCatalogue.Of(operation.Opcode);
        var line = new StringBuilder(info.Name);
        if (info.HasSlot) line.Append(' ').Append(operation.Slot);
        Append(line, info.A, operation.A, operation.Slot);
        Append(line, info.B, operation.B, operation.Slot);
        if (operation.Run != 0) line.Append(CultureInfo.InvariantCulture, $" run={operation.Run}");
        return line.ToString();
    }

    /// <summary>The line of a fault, e.g. "fail alloc=3 kind=dma".</summary>
    public static string Write(in Fault fault) =>
        $"{FaultWord} alloc={fault.Allocation}"
        + (fault.Kind == AllocationKind.Heap ? "" : $" kind={AllocationKinds.Names[(int)fault.Kind]}");

    /// <summary>The line of a deviation, e.g. "switch at=17 to=2".</summary>
    public static string Write(in Deviation deviation) =>
        $"{DeviationWord} at={deviation.Point}{(deviation.Choice == 1 ? "" : $" to={deviation.Choice}")}";

    /// <summary>A value as it is written.</summary>
    internal static string Format(Parameter parameter, int value, int slot)
    {
        if (parameter.IsDevno) return $"0x{Operation.UsualDevno(slot + value):x4}";
        return parameter.ValueNames.Count > 0
            ? parameter.ValueNames[value - parameter.Min]
            : value.ToString(CultureInfo.InvariantCulture);
    }

    private static void Append(StringBuilder line, Parameter? parameter, int value, int slot)
    {
        if (parameter is null || value == parameter.Min) return;
        line.Append(' ').Append(parameter.Name).Append('=').Append(Format(parameter, value, slot));
    }
}
