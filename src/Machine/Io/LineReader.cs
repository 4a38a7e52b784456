using System.Runtime.InteropServices;
using System.Text;

namespace CcwFuzz.Machine.Io;

/// <summary>Reads lines from a stream whose other end may send anything: the length of a line is bounded.</summary>
/// <param name="stream">The stream.</param>
/// <param name="longest">Bytes that a line may have; what a longer one has beyond is dropped.</param>
internal sealed class LineReader(Stream stream, int longest)
{
    private const int BufferSize = 16 << 10;
    private readonly byte[] buffer = new byte[BufferSize];
    private readonly List<byte> line = [];
    private int next;
    private int end;

    /// <summary>The next line without its end; null at the end of the stream. What follows the last line's end is no line.</summary>
    public async Task<string?> Read(CancellationToken stop)
    {
        line.Clear();
        while (true)
        {
            if (next == end)
            {
                next = 0;
                var reading = stream.ReadAsync(buffer, stop);
                // Where something always comes at once, the caller would never get its task, and could not limit how long it waits.
                if (reading.IsCompleted) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                end = await reading.ConfigureAwait(false);
                if (end == 0) return null;
            }
            var at = Array.IndexOf(buffer, (byte)'\n', next, end - next);
            Append(buffer.AsSpan(next, (at < 0 ? end : at) - next));
            next = at < 0 ? end : at + 1;
            if (at >= 0) return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(line)).TrimEnd('\r');
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var room = longest - line.Count;
        line.AddRange(bytes.Length > room ? bytes[..room] : bytes);
    }
}
