using System.Text.RegularExpressions;

namespace CcwFuzz.Machine.Logs;

/// <summary>What QEMU did, out of its trace: which events followed each other.</summary>
public static partial class TraceSequences
{
    /// <summary>The events that are traced: what the guest and the channel subsystem say to each other.</summary>
    public static IReadOnlyList<string> Events { get; } =
    [
        "css_crw", "css_io_interrupt", "css_chpid_add", "ioinst_chsc_cmd", "virtio_ccw_interpret_ccw", "virtio_ccw_new_device",
        "virtio_ccw_set_ind", "virtio_set_status",
    ];

    private const int Length = 3;

    /// <summary>The sequences of three events in a trace, each once. Devices and addresses are left out.</summary>
    public static IReadOnlySet<string> Of(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var recent = new Queue<string>();
        foreach (var line in lines)
        {
            if (line.Length == 0 || line[0] == '\0') continue; // what is left of a line that was given back to the disk
            recent.Enqueue(Accidental().Replace(line, ""));
            if (recent.Count > Length) recent.Dequeue();
            if (recent.Count == Length) found.Add(string.Join(';', recent));
        }
        return found;
    }

    [GeneratedRegex(
        @"fe\.[0-9a-f.]+|0x[0-9a-f]{5,}|(devno|intparm|len) 0x[0-9a-f]+|rsid=[0-9a-f]+|\((auto|user)-[a-z]+\)")]
    private static partial Regex Accidental();
}
