namespace CcwFuzz.Machine.Qemu;

/// <summary>Where a processor is, and who called that: read from outside, because the kernel answers nothing any more.</summary>
/// <remarks>
/// Linux is compiled with a back chain in each frame of the stack (arch/s390/include/asm/stacktrace.h): packed frames have it at their
/// end, others at their beginning. The chain is not followed from one stack to another.
/// </remarks>
internal static class KernelStack
{
    private const int MostFrames = 24;
    private const ulong LargestFrame = 16 << 10;
    private static readonly (ulong Chain, ulong Link)[] Layouts = [(152, 136), (0, 112)];

    /// <summary>The addresses, innermost first. The guest must have stopped.</summary>
    public static async Task<IReadOnlyList<ulong>> Read(GdbClient debugger, CancellationToken stop)
    {
        var (address, link, stack) = await debugger.Registers(stop).ConfigureAwait(false);
        var chain = new List<ulong> { address, link };
        foreach (var layout in Layouts)
        {
            var frame = stack;
            while (chain.Count < MostFrames)
            {
                var caller = await debugger.Read(frame + layout.Chain, stop).ConfigureAwait(false) ?? 0;
                if (caller <= frame || caller - frame > LargestFrame) break;
                if (await debugger.Read(caller + layout.Link, stop).ConfigureAwait(false) is not { } returnsTo) break;
                chain.Add(returnsTo);
                frame = caller;
            }
            if (frame != stack) break;
        }
        return chain;
    }
}
