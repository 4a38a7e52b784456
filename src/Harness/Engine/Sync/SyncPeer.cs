using System.Buffers.Binary;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Engine.Sync;

/// <summary>Another instance of a campaign: its queue, and up to which entry it was read.</summary>
/// <remarks>The number of the next entry is kept as afl-fuzz keeps it: 4 bytes in .synced/NAME of the instance that reads.</remarks>
internal sealed class SyncPeer
{
    private readonly string queue;
    private readonly string state;
    private uint written;

    /// <summary>Looks up where reading ended last time.</summary>
    /// <param name="name">Name of the instance.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="stateFolder">Folder of what was read.</param>
    public SyncPeer(string name, string folder, string stateFolder)
    {
        Name = name;
        queue = Path.Combine(folder, "queue");
        state = Path.Combine(stateFolder, name);
        Next = written = ReadState();
    }

    /// <summary>Name of the instance.</summary>
    public string Name { get; }

    /// <summary>Number of the first entry that was not read.</summary>
    public uint Next { get; private set; }

    /// <summary>The entries that were not read, by number.</summary>
    /// <exception cref="IOException">The queue cannot be listed.</exception>
    public IReadOnlyList<(uint Number, string Path)> Unread()
    {
        var all = Directory.EnumerateFiles(queue)
            .Select(path => (Number: QueueName.NumberOf(Path.GetFileName(path)), path))
            .Where(e => e.Number is not null)
            .Select(e => (Number: e.Number!.Value, e.path))
            .OrderBy(e => e.Number)
            .ToList();
        // It began anew: its numbers mean other inputs now.
        if (all.Count > 0 && all[^1].Number + 1 < Next) Next = 0;
        return [.. all.Where(e => e.Number >= Next)];
    }

    /// <summary>An entry was read.</summary>
    public void Advance(uint number) => Next = number + 1;

    /// <summary>Remembers where reading ended, beyond the life of this process.</summary>
    /// <exception cref="IOException">It cannot be written; what was read since then is read again.</exception>
    public void Commit()
    {
        if (Next == written) return;
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Next);
        AtomicFile.Write(state, bytes);
        written = Next;
    }

    private uint ReadState()
    {
        try
        {
            return File.Exists(state) && File.ReadAllBytes(state) is { Length: sizeof(uint) } bytes
                ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                : 0;
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            return 0; // reading everything again costs time, nothing else
        }
    }
}
