using System.Runtime.InteropServices;
using System.Text;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine.Afl;
using CcwFuzz.Target;
using Microsoft.Win32.SafeHandles;

namespace CcwFuzz.Harness.Engine.Native;

/// <summary>The target and the mutators for libFuzzer: what eng/native/libfuzzer.c hands on.</summary>
/// <remarks>
/// libFuzzer owns the command line; what is run comes from fuzz.yml and CCWFUZZ_... variables. Nothing here may use Console: it
/// would take over the signals of libFuzzer.
/// </remarks>
internal static unsafe class LibFuzzerExports
{
    /// <summary>Folder with a file for each finding that was reported; if it is set, each is reported once, by whichever process.</summary>
    /// <remarks>libFuzzer dies of each crash; without this it would do little else than start again.</remarks>
    public const string ReportOnceVariable = "REPORT_ONCE_IN";

    private static readonly NativeMutator Mutator = new(0);
    private static FuzzTarget? target;
    private static AflTarget? runner;
    private static byte* map;

    /// <summary>LLVMFuzzerInitialize.</summary>
    /// <param name="counters">The extra counters.</param>
    /// <param name="size">How many there are.</param>
    /// <returns>0, or an exit code after a line on stderr.</returns>
    [UnmanagedCallersOnly]
    public static int Init(byte* counters, nuint size)
    {
        try
        {
            return Start(SettingsLoader.Load(null, []), counters, (int)size);
        }
        catch (UsageException e)
        {
            Say(e.Message);
            return ExitCode.Usage;
        }
    }

    /// <summary>LLVMFuzzerTestOneInput.</summary>
    /// <returns>0, or 1 for a violation and 3 for a bug of the model after lines on stderr that say what.</returns>
    [UnmanagedCallersOnly]
    public static int Run(byte* input, nuint size)
    {
        var bytes = new ReadOnlySpan<byte>(input, (int)size);
        var ending = runner!.Run(bytes, new Span<byte>(map, runner.Map.Size));
        if (ending != Ending.Violation) return ending == Ending.Clean ? ExitCode.Clean : ExitCode.Internal;
        var verdict = target!.Run(bytes);
        if (!IsFirst(verdict.Key!)) return ExitCode.Clean;
        Say($"violation: {verdict.Title}");
        Say($"key {verdict.Key}, variant {target.Variant} on host {target.Variant.HostName}");
        return ExitCode.Violation;
    }

    /// <summary>LLVMFuzzerCustomMutator and LLVMFuzzerCustomCrossOver.</summary>
    /// <param name="input">What is changed.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="partner">Another input, or null.</param>
    /// <param name="partnerSize">Its bytes.</param>
    /// <param name="output">Where the new input goes; may be the old one.</param>
    /// <param name="most">Bytes there is room for.</param>
    /// <param name="seed">Where all choices come from.</param>
    /// <returns>Bytes of the new input.</returns>
    [UnmanagedCallersOnly]
    public static nuint Mutate(byte* input, nuint size, byte* partner, nuint partnerSize, byte* output, nuint most, uint seed)
    {
        Mutator.Seed(seed);
        return (nuint)Mutator.Mutate(
            new ReadOnlySpan<byte>(input, (int)size),
            new ReadOnlySpan<byte>(partner, (int)partnerSize),
            new Span<byte>(output, (int)Math.Min(most, int.MaxValue)));
    }

    private static int Start(LoadedSettings settings, byte* counters, int size)
    {
        target = new FuzzTarget(settings.ResolveVariant());
        runner = new AflTarget(target, (_, title, _) => Say($"a bug of the model itself, not a finding: {title}"));
        map = counters;
        if (size >= runner.Map.Size) return ExitCode.Clean;
        Say($"there are {size} counters for libFuzzer, {runner.Map.Size} are needed; run eng/build-native again");
        return ExitCode.Usage;
    }

    private static bool IsFirst(string key)
    {
        if (Environment.GetEnvironmentVariable(ReportOnceVariable) is not { Length: > 0 } folder) return true;
        var path = Path.Combine(folder, key);
        try
        {
            if (File.Exists(path)) return false;
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(path, []);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            Say($"cannot remember in '{folder}' that '{key}' was reported: {UsageException.Reason(e)}");
        }
        return true;
    }

    private static void Say(string line)
    {
        using var error = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        error.Write(Encoding.UTF8.GetBytes($"ccwfuzz: {line.ReplaceLineEndings(" ")}\n"));
    }
}
