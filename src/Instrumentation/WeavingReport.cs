using System.Globalization;
using System.Text;

namespace CcwFuzz.Instrumentation;

/// <summary>One probe.</summary>
/// <param name="Id">Its cell in the map.</param>
/// <param name="Method">Full name of the method it is in.</param>
/// <param name="Place">What it counts: entry, branch, next, case, handler or block.</param>
/// <param name="Offset">Offset of what it leads to in the method's code before weaving.</param>
/// <param name="File">Name of the source file, or nothing.</param>
/// <param name="Line">Line in it, or 0.</param>
internal readonly record struct WovenProbe(int Id, string Method, string Place, int Offset, string File, int Line);

/// <summary>What was woven, and what was not and why.</summary>
internal sealed class WeavingReport
{
    private readonly List<WovenProbe> probes = [];
    private readonly List<(string Method, string Reason)> skipped = [];

    /// <summary>The probes in the order of their ids.</summary>
    public IReadOnlyList<WovenProbe> Probes => probes;

    /// <summary>Methods without probes, and why.</summary>
    public IReadOnlyList<(string Method, string Reason)> Skipped => skipped;

    /// <summary>Methods with probes.</summary>
    public int Methods { get; private set; }

    /// <summary>One line.</summary>
    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"{probes.Count} probes in {Methods} methods; {skipped.Count} methods without");

    /// <summary>The file: a line a probe, then a line a method that was skipped; columns are separated by tabs.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append("# ").Append(Summary).Append('\n');
        foreach (var p in probes)
            text.Append(CultureInfo.InvariantCulture, $"{p.Id}\t{p.Place}\t{p.Method}\t{p.Offset:x4}\t{p.File}:{p.Line}\n");
        foreach (var (method, reason) in skipped)
            text.Append(CultureInfo.InvariantCulture, $"-\t{reason}\t{method}\n");
        return text.ToString();
    }

    internal void AddMethod() => Methods++;

    internal void Add(WovenProbe probe) => probes.Add(probe);

    internal void Skip(string method, string reason) => skipped.Add((method, reason));
}
