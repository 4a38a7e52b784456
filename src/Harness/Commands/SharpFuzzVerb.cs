using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
#if USE_SHARPFUZZ
#endif

namespace CcwFuzz.Harness.Commands;

/// <summary>sharpfuzz: afl-fuzz or libFuzzer chooses the inputs, through SharpFuzz.</summary>
/// <remarks>
/// The only file that knows SharpFuzz. Without -p:UseSharpFuzz=true it is compiled to a sentence that says so. Which of the two
/// fuzzers started this process is read from the variables they set: libfuzzer-dotnet passes one word on, the verb.
/// </remarks>
internal sealed class SharpFuzzVerb : Verb
{
    private readonly Option<bool> outOfProcess = new("--out-of-process")
    {
        Description = "under afl-fuzz, execute in a child process: slower, survives what kills a process",
    };

#if USE_SHARPFUZZ
    /// <summary>Whether this build has SharpFuzz.</summary>
    public const bool IsBuiltIn = true;

    private const int MapSize = 1 << 16;
#else
    /// <summary>Whether this build has SharpFuzz.</summary>
    public const bool IsBuiltIn = false;
#endif

    /// <summary>Runs one input.</summary>
    /// <exception cref="FoundException">It violates something: an exception is what SharpFuzz reports as a crash.</exception>
    public static void RunOne(FuzzTarget target, ReadOnlySpan<byte> input)
    {
        var verdict = target.Run(input);
        if (!verdict.IsClean) throw new FoundException($"{verdict.Key}: {verdict.Title}");
    }

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("sharpfuzz", "Runs what afl-fuzz or libFuzzer chooses, through SharpFuzz.") { outOfProcess };
        AddVariantSettings(command);
        return command;
    }

#if USE_SHARPFUZZ
    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var isLibFuzzer = IsSet("__LIBFUZZER_SHM_ID");
        if (!isLibFuzzer && !IsSet("__AFL_SHM_ID"))
        {
            throw new UsageException("'sharpfuzz' is started by afl-fuzz or libfuzzer-dotnet, see eng/README.md; "
                + "'ccwfuzz replay INPUT' runs one input");
        }
        var target = context.NewTarget(LoadSettings(parsed).ResolveVariant());
        // What is beyond the longest campaign means nothing.
        var buffer = new byte[Campaign.MaxBytes];
        var isRehearsed = false;
        void FromStream(Stream stream)
        {
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            // SharpFuzz reads the first input ahead, rehearses it, then reports it: it may be faster than afl-fuzz writes it.
            if (length == 0 && isRehearsed)
            {
                using var input = Console.OpenStandardInput();
                length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            }
            isRehearsed = true;
            RunOne(target, buffer.AsSpan(0, length));
        }
        if (isLibFuzzer) SharpFuzz.Fuzzer.LibFuzzer.Run(input => RunOne(target, input));
        else if (parsed.GetValue(outOfProcess)) SharpFuzz.Fuzzer.OutOfProcess.Run(FromStream);
        else SharpFuzz.Fuzzer.Run(FromStream);
        return ExitCode.Clean;
    }

    /// <summary>Woven code writes to a map from its first instruction on, long before SharpFuzz attaches the fuzzer's.</summary>
    [ModuleInitializer]
    internal static unsafe void GiveMap() => SharpFuzz.Common.Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapSize);

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is not null;
#else
    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context) => throw new UsageException(
        "this build is without SharpFuzz; "
        + "'dotnet publish src/Harness -c Release -p:UseSharpFuzz=true -o artifacts/sharpfuzz' makes one with it, see eng/README.md");
#endif

    /// <summary>An input that violates something.</summary>
    /// <param name="message">Key and title.</param>
    internal sealed class FoundException(string message) : Exception(message);
}
