using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Output;

/// <summary>One process at a time changes what several share in a folder; ends with the process, however that ends.</summary>
internal sealed class FolderLock : IDisposable
{
    /// <summary>Name of the file that is locked; it stays, because removing it would let two in.</summary>
    public const string FileName = ".ccwfuzz.lock";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock at once.</summary>
    /// <returns>The lock; null if another process has it.</returns>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static FolderLock? TryTake(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return new FolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Takes the lock for something short, after whoever has it.</summary>
    /// <exception cref="IOException">The folder cannot be written to, or the lock is not given back.</exception>
    public static FolderLock Take(string folder)
    {
        const int Tries = 500;
        for (var i = 0; i < Tries; i++)
        {
            if (TryTake(folder) is { } taken) return taken;
            Thread.Sleep(Pause);
        }
        throw new IOException($"another process does not give back '{Path.Combine(folder, FileName)}'");
    }

    /// <summary>Takes the lock for something long.</summary>
    /// <exception cref="UsageException">Another process has it.</exception>
    public static FolderLock ForLong(string folder, string doing) => TryTake(folder)
        ?? throw new UsageException($"another process is changing '{folder}'; {doing} when it has ended");

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
