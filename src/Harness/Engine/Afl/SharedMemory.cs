using System.Buffers.Binary;
using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>A segment of System V shared memory that another process made.</summary>
internal sealed unsafe partial class SharedMemory : IMap, IDisposable
{
    private const int IpcStat = 2;

    /// <summary>Size of struct shmid_ds, and where shm_segsz is in it, on 64-bit Linux.</summary>
    private const int StatusBytes = 112;
    private const int SizeOffset = 48;

    private readonly byte* address;

    private SharedMemory(byte* address, int size)
    {
        this.address = address;
        Size = size;
    }

    /// <summary>Bytes of the segment.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    public Span<byte> Bytes => new(address, Size);

    /// <summary>Attaches the segment whose number an environment variable has.</summary>
    /// <returns>The segment, or null if there is no such variable.</returns>
    /// <exception cref="UsageException">There is no such segment.</exception>
    public static SharedMemory? FromEnvironment(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id)) return Attach(id, variable);
        throw new UsageException($"{variable}: '{text}' is no number of a segment of shared memory");
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Detach(address);

    private static SharedMemory Attach(int id, string variable)
    {
        var status = stackalloc byte[StatusBytes];
        if (Control(id, IpcStat, status) != 0) throw Failure(id, variable);
        var size = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(status + SizeOffset, sizeof(long)));
        var address = Attach(id, null, 0);
        if ((nint)address == -1) throw Failure(id, variable);
        return new SharedMemory(address, checked((int)size));
    }

    private static UsageException Failure(int id, string variable) =>
        new($"{variable}: cannot attach segment {id} of shared memory: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "shmat", SetLastError = true)]
    private static partial byte* Attach(int id, void* address, int flags);

    [LibraryImport("libc", EntryPoint = "shmctl", SetLastError = true)]
    private static partial int Control(int id, int command, byte* status);

    [LibraryImport("libc", EntryPoint = "shmdt", SetLastError = true)]
    private static partial int Detach(byte* address);
}
