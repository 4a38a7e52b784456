using System.Text;

namespace CcwFuzz.Machine.Logs;

/// <summary>A file that QEMU writes, as it grows: complete lines, each delivered once.</summary>
/// <param name="path">The file; it need not be there yet.</param>
public sealed class KernelLog(string path)
{
    private const int LargestStep = 4 << 20;
    private const int TailLines = 40;
    private readonly Queue<string> tail = new();
    private long offset;
    private long shrunk;
    private string unfinished = "";

    /// <summary>The last lines that were read, for messages.</summary>
    public IReadOnlyCollection<string> Tail => tail;

    /// <summary>Gives the disk back what was read. QEMU goes on where it was: what comes before is a hole.</summary>
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
        if (!File.Exists(path)) return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[(int)Math.Clamp(file.Length - offset, 0, LargestStep)];
        file.Position = offset;
        var read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        offset += read;
        var lines = (unfinished + Encoding.UTF8.GetString(buffer, 0, read)).Split('\n');
        unfinished = lines[^1];
        var complete = lines[..^1].Select(l => l.TrimEnd('\r')).ToList();
        foreach (var line in complete)
        {
            tail.Enqueue(line);
            if (tail.Count > TailLines) tail.Dequeue();
        }
        return complete;
    }
}
