using System.Buffers.Binary;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>The map of afl-fuzz.</summary>
internal interface IMap
{
    /// <summary>Its bytes.</summary>
    Span<byte> Bytes { get; }
}

/// <summary>Where the input of the next execution is.</summary>
internal interface ITestCases
{
    /// <summary>The input, valid until the next one is asked for; at most what a campaign can have.</summary>
    ReadOnlySpan<byte> Current { get; }
}

/// <summary>Test cases in shared memory: a length of 4 bytes, then the bytes.</summary>
/// <remarks>Copied, so that nothing that goes on meanwhile can change what an execution reads.</remarks>
internal sealed class SharedTestCases(IMap memory) : ITestCases
{
    private readonly byte[] copy = new byte[Campaign.MaxBytes];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Current
    {
        get
        {
            var bytes = memory.Bytes;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            bytes = bytes[sizeof(uint)..];
            var taken = (int)Math.Min(length, (uint)Math.Min(copy.Length, bytes.Length));
            bytes[..taken].CopyTo(copy);
            return copy.AsSpan(0, taken);
        }
    }
}

/// <summary>Test cases in a file that afl-fuzz writes anew each time; we have it open, mostly as standard input.</summary>
internal sealed class FileTestCases(Stream file) : ITestCases
{
    private readonly byte[] buffer = new byte[Campaign.MaxBytes];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Current
    {
        get
        {
            if (file.CanSeek) file.Position = 0;
            return buffer.AsSpan(0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        }
    }
}
