using System.Runtime.InteropServices;

namespace CcwFuzz.Harness.Contract;

/// <summary>Reads files that others wrote: only real files, and no more of them than makes sense.</summary>
/// <remarks>A pipe would be waited for, perhaps for ever, and a device has no end.</remarks>
internal static partial class BoundedFile
{
    /// <summary>Largest file of settings or of records.</summary>
    public const int MaxText = 4 << 20;

    private const int CurrentFolder = -100;
    private const uint TypeAndMode = 3;
    private const int SizeOfAnswer = 256;
    private const int ModeInAnswer = 28;
    private const int TypeOfFile = 0xf000;

    /// <summary>The bytes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="IOException">It is not there, no file, or larger.</exception>
    public static byte[] ReadBytes(string path, int most)
    {
        if (SpecialKind(path) is { } kind) throw new IOException($"it is {kind}, not a file");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > most) throw TooLarge(most);
        // Some files say that they are empty and are not.
        using var content = new MemoryStream((int)stream.Length);
        var part = new byte[1 << 14];
        for (int read; (read = stream.Read(part)) > 0;)
        {
            if (content.Length + read > most) throw TooLarge(most);
            content.Write(part, 0, read);
        }
        return content.ToArray();
    }

    /// <summary>The text of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="IOException">It is not there, no file, or larger.</exception>
    public static string ReadText(string path, int most = MaxText)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path, most)));
        return reader.ReadToEnd();
    }

    /// <summary>What a path is if it is neither a file nor a folder; null if it is, or if it is not there.</summary>
    private static string? SpecialKind(string path)
    {
        Span<byte> answer = stackalloc byte[SizeOfAnswer];
        if (Status(CurrentFolder, path, 0, TypeAndMode, answer) != 0) return null;
        return (MemoryMarshal.Read<ushort>(answer[ModeInAnswer..]) & TypeOfFile) switch
        {
            0x1000 => "a pipe",
            0x2000 or 0x6000 => "a device",
            0xc000 => "a socket",
            _ => null,
        };
    }

    private static IOException TooLarge(int most) => new(most >= 1 << 20
        ? $"it is larger than {most >> 20} MiB"
        : $"it is larger than {most >> 10} KiB");

    /// <summary>statx(): its answer is the same on all machines.</summary>
    /// <returns>0, or -1 if there is no such file, or no such function of the system.</returns>
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, Span<byte> answer);
}
