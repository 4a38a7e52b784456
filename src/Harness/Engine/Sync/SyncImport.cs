using System.Diagnostics;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Engine.Sync;

/// <summary>Reads what the other instances of a campaign found, a few times a minute, one input at a time.</summary>
/// <param name="campaign">The folder with a folder for each instance.</param>
/// <param name="own">Name of the instance that reads.</param>
/// <param name="interval">Time between two looks.</param>
/// <param name="log">Told about what cannot be read, once for each kind.</param>
internal sealed class SyncImport(string campaign, string own, TimeSpan interval, TextWriter log)
{
    /// <summary>Bytes of the longest input; afl-fuzz has no longer ones.</summary>
    public const int MaxFile = 1 << 20;

    /// <summary>Entries after which it is remembered what was read.</summary>
    private const int CommitEvery = 64;

    private readonly Dictionary<string, SyncPeer> peers = [];
    private readonly HashSet<string> complaints = [];
    private readonly Queue<(SyncPeer Peer, uint Number, string Path, bool IsLast)> waiting = [];
    private SyncPeer? current;
    private uint number;
    private int uncommitted;
    private long lastLook;

    /// <summary>Where the input that <see cref="Next"/> returned came from, in the words of afl-fuzz; nothing after the last.</summary>
    public string Origin { get; private set; } = "";

    /// <summary>Inputs read.</summary>
    public int Count { get; private set; }

    /// <summary>The next input of another instance, or null. Asking for it means that the one before was dealt with.</summary>
    public byte[]? Next()
    {
        Done();
        if (waiting.Count == 0) Look();
        while (waiting.TryDequeue(out var entry))
        {
            if (Read(entry.Path) is { } input)
            {
                // Its owner may just be writing it.
                if (input.Length == 0 && entry.IsLast) continue;
                (current, number) = (entry.Peer, entry.Number);
                if (input.Length == 0)
                {
                    Done();
                    continue;
                }
                Origin = QueueName.Origin(entry.Peer.Name, entry.Number);
                Count++;
                return input;
            }
            entry.Peer.Advance(entry.Number);
            uncommitted++;
        }
        if (uncommitted > 0) Commit();
        return null;
    }

    /// <summary>Remembers what was read, beyond the life of this process.</summary>
    public void Commit()
    {
        Done();
        uncommitted = 0;
        foreach (var peer in peers.Values) Try($"what was read of '{peer.Name}' cannot be remembered", peer.Commit);
    }

    private void Done()
    {
        if (current is null) return;
        current.Advance(number);
        current = null;
        Origin = "";
        if (++uncommitted >= CommitEvery) Commit();
    }

    /// <summary>Looks for new entries, if it is time to.</summary>
    private void Look()
    {
        if (lastLook != 0 && Stopwatch.GetElapsedTime(lastLook) < interval) return;
        lastLook = Stopwatch.GetTimestamp();
        Try($"'{campaign}' cannot be read", FindPeers);
        foreach (var peer in peers.Values.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            Try($"the queue of '{peer.Name}' cannot be read", () =>
            {
                var unread = peer.Unread();
                for (var i = 0; i < unread.Count; i++)
                    waiting.Enqueue((peer, unread[i].Number, unread[i].Path, i == unread.Count - 1));
            });
        }
    }

    private void FindPeers()
    {
        foreach (var folder in Directory.EnumerateDirectories(campaign))
        {
            var name = Path.GetFileName(folder);
            if (name == own || name.StartsWith('.') || peers.ContainsKey(name)) continue;
            if (Directory.Exists(Path.Combine(folder, "queue")))
                peers.Add(name, new SyncPeer(name, folder, Path.Combine(campaign, own, SyncFolder.StateFolder)));
        }
    }

    /// <summary>The content of a file; null if it cannot be read and need not be tried again.</summary>
    private byte[]? Read(string path)
    {
        byte[]? content = null;
        Try("skipped an input of another instance", () =>
        {
            try
            {
                content = BoundedFile.ReadBytes(path, MaxFile);
            }
            catch (IOException e)
            {
                throw new IOException($"'{path}': {UsageException.Reason(e)}", e);
            }
        });
        return content;
    }

    private void Try(string complaint, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            if (complaints.Add(complaint)) log.WriteLine($"{complaint}: {UsageException.Reason(e)}");
        }
    }
}
