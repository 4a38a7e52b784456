using System.ComponentModel;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using CcwFuzz.Harness.Contract;
using Microsoft.Win32.SafeHandles;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>Memory that a worker shares with its parent: the input that runs now, and the worker's numbers.</summary>
/// <remarks>
/// The worker writes it before each execution with plain stores, no system call. The parent holds the memory, so it outlives
/// whatever the worker dies of. It has no name and is no file: nothing is left when the parent dies, and no disk can be full.
/// </remarks>
internal sealed unsafe partial class InputPage : IDisposable
{
    private const uint CloseOnExec = 1;
    private const int MaxInput = Target.Campaigns.Campaign.MaxBytes;
    private readonly SafeFileHandle file;
    private readonly MemoryMappedFile mapping;
    private readonly MemoryMappedViewAccessor view;
    private readonly Header* header;

    private InputPage(SafeFileHandle file, string path)
    {
        this.file = file;
        Path = path;
        var size = sizeof(Header) + MaxInput;
        mapping = MemoryMappedFile.CreateFromFile(
            file, null, size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        view = mapping.CreateViewAccessor(0, size);
        byte* address = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
        header = (Header*)address;
    }

    /// <summary>Under which the worker opens it.</summary>
    public string Path { get; }

    private Span<byte> Room => new(header + 1, MaxInput);

    /// <summary>New memory, with nothing in it.</summary>
    /// <exception cref="UsageException">The system has none.</exception>
    public static InputPage Create()
    {
        var number = MemoryFile("ccwfuzz-input", CloseOnExec);
        if (number < 0)
            throw new UsageException($"cannot share memory with workers: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        return new InputPage(new SafeFileHandle(number, ownsHandle: true), $"/proc/{Environment.ProcessId}/fd/{number}");
    }

    /// <summary>The memory of another process.</summary>
    /// <exception cref="UsageException">It is not there.</exception>
    public static InputPage Open(string path)
    {
        try
        {
            return new InputPage(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), path);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("share memory at", path, e);
        }
    }

    /// <summary>An execution begins.</summary>
    /// <param name="input">Its input, before what is explored is written back.</param>
    /// <param name="numbers">The numbers before it.</param>
    public void Begin(ReadOnlySpan<byte> input, FuzzStatistics numbers)
    {
        // A worker that dies on the way runs nothing, rather than half of one input and half of another.
        Volatile.Write(ref header->Taken, 0);
        input.CopyTo(Room);
        header->Edges = numbers.Edges;
        header->Features = numbers.Features;
        header->Corpus = numbers.Corpus;
        Volatile.Write(ref header->Taken, input.Length + 1);
    }

    /// <summary>An execution ended; its input stays, as looking at what it did belongs to it.</summary>
    public void End(FuzzStatistics numbers) => Volatile.Write(ref header->Executions, numbers.Executions);

    /// <summary>What the worker wrote last; consistent when it is dead.</summary>
    public PageContent Read()
    {
        var taken = Volatile.Read(ref header->Taken);
        return new PageContent(
            Volatile.Read(ref header->Executions), header->Edges, header->Features, header->Corpus,
            taken > 0 && taken <= MaxInput + 1 ? Room[..(taken - 1)].ToArray() : null);
    }

    /// <summary>Makes it as new, for another worker.</summary>
    public void Clear() => *header = default;

    /// <inheritdoc/>
    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        mapping.Dispose();
        file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MemoryFile(string name, uint flags);

    /// <summary>What stands before the input.</summary>
    private struct Header
    {
        public long Executions;
        public int Edges;
        public int Features;
        public int Corpus;

        /// <summary>Length of the input and one; 0 if there is none.</summary>
        public int Taken;
    }
}

/// <summary>What an <see cref="InputPage"/> had at a moment.</summary>
/// <param name="Executions">Executions that ended.</param>
/// <param name="Edges">Edges before the input.</param>
/// <param name="Features">Features of the model before the input.</param>
/// <param name="Corpus">Inputs kept before the input.</param>
/// <param name="Input">The input that runs or ran last, or null if none began.</param>
internal readonly record struct PageContent(long Executions, int Edges, int Features, int Corpus, byte[]? Input);
