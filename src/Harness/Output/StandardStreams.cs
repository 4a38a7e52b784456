using System.Globalization;

namespace CcwFuzz.Harness.Output;

/// <summary>Standard output and standard error of this process.</summary>
internal static class StandardStreams
{
    private const int ReadOnly = 0;
    private const int AccessMode = 3;

    /// <summary>Standard output; if it was closed, a writer that fails as one that is full does.</summary>
    public static TextWriter Output() => IsOpen(1) ? Console.Out : new StreamWriter(new ClosedStream()) { AutoFlush = true };

    /// <summary>Standard error; a writer to nowhere if it was closed.</summary>
    public static TextWriter Error() => IsOpen(2) ? Console.Error : TextWriter.Null;

    /// <summary>What nobody can write to.</summary>
    private sealed class ClosedStream : MemoryStream
    {
        /// <inheritdoc/>
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("it is closed");

        /// <inheritdoc/>
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("it is closed");
    }

    /// <summary>Whether a descriptor is what the parent gave to this process.</summary>
    /// <remarks>
    /// If it gave none, the number is the next one that the runtime takes for a file of its own: the memory that it compiles to, a
    /// queue of events, an assembly. Writing there would end the process, or worse.
    /// </remarks>
    private static bool IsOpen(int descriptor)
    {
        var name = descriptor.ToString(CultureInfo.InvariantCulture);
        try
        {
            if (!Directory.Exists("/proc/self/fd")) return true; // nobody can tell
            var target = new FileInfo($"/proc/self/fd/{name}").LinkTarget;
            if (target is null || target.StartsWith("/memfd:doublemapper", StringComparison.Ordinal)) return false;
            if (target.StartsWith("anon_inode:", StringComparison.Ordinal)) return false;
            var flags = File.ReadLines($"/proc/self/fdinfo/{name}").First(l => l.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & AccessMode) != ReadOnly;
        }
        catch (Exception e) when (Contract.UsageException.IsFileError(e) || e is InvalidOperationException)
        {
            return true;
        }
    }
}
