using System.Runtime.InteropServices;
using System.Text;

namespace CcwFuzz.Machine.Logs;

/// <summary>A file that QEMU writes, as it grows: complete lines, each delivered once.</summary>
/// <param name="path">The file; it need not be there yet.</param>
public sealed class KernelLog(string path)
{
    private const int LargestStep = 4 << 20;
    private const int TailLines = 40;
    private const int LongestLine = 4 << 20;
    private readonly Queue<string> tail = new();
    /// <summary>Too small for the large object heap, whose memory .NET seldom gives back.</summary>
    private readonly byte[] buffer = new byte[64 << 10];
    private readonly List<byte> unfinished = [];
    private long offset;
    private long shrunk;

    /// <summary>The last lines that were read, for messages.</summary>
    public IReadOnlyCollection<string> Tail => tail;

    /// <summary>Frees the disk space of what was read. QEMU goes on writing at its offset: the file then begins with a hole.</summary>
    public void Shrink()
    {
        const int Largest = 1 << 20;
        if (offset - shrunk < Largest || !File.Exists(path)) return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(0);
        shrunk = offset;
    }

    /// <summary>The complete lines that came since the last call.</summary>
    public IReadOnlyList<string> ReadNew()
    {
        var lines = new List<string>();
        if (!File.Exists(path)) return lines;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Position = offset;
        for (var left = LargestStep; left > 0;)
        {
            var read = file.Read(buffer, 0, Math.Min(left, buffer.Length));
            if (read == 0) break;
            left -= read;
            offset += read;
            Split(buffer.AsSpan(0, read), lines);
        }
        foreach (var line in lines.TakeLast(TailLines))
        {
            tail.Enqueue(line);
            if (tail.Count > TailLines) tail.Dequeue();
        }
        return lines;
    }

    private void Split(ReadOnlySpan<byte> bytes, List<string> lines)
    {
        for (var end = bytes.IndexOf((byte)'\n'); end >= 0; end = bytes.IndexOf((byte)'\n'))
        {
            Append(bytes[..end]);
            lines.Add(Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(unfinished)).TrimEnd('\r'));
            unfinished.Clear();
            bytes = bytes[(end + 1)..];
        }
        Append(bytes);
    }

    /// <summary>What a line has beyond the longest is dropped: one that never ends costs no memory.</summary>
    private void Append(ReadOnlySpan<byte> bytes)
    {
        var room = LongestLine - unfinished.Count;
        unfinished.AddRange(bytes.Length > room ? bytes[..room] : bytes);
    }
}
