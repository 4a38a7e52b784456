namespace CcwFuzz.Harness.Minimization;

/// <summary>Leaving out parts of a list, large ones first: the reduction half of ddmin, from the end to the start.</summary>
/// <remarks>Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002.</remarks>
internal static class Chunks
{
    /// <summary>Leaves out everything, halves, quarters and so on down to single elements.</summary>
    /// <param name="count">Number of elements now.</param>
    /// <param name="remove">Tries without elements [start, start + length); tells whether that was taken.</param>
    /// <param name="whole">Whether to try without any element first.</param>
    public static void Remove(Func<int> count, Func<int, int, bool> remove, bool whole)
    {
        if (whole && count() > 1 && remove(0, count())) return;
        for (var length = count() / 2; length > 1; length = Math.Min(length, count() / 2 + 1) / 2) Sweep(count, remove, length);
        Sweep(count, remove, 1);
    }

    private static void Sweep(Func<int> count, Func<int, int, bool> remove, int length)
    {
        for (var end = count(); end > 0; end = Math.Min(end, count()))
        {
            var start = Math.Max(0, end - length);
            remove(start, end - start);
            end = start;
        }
    }
}
