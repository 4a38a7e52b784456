namespace CcwFuzz.Testing;

/// <summary>Collects what tests let go: the memory of guests is large, and alone does not make the collector hurry.</summary>
internal static class DeadMemory
{
    /// <summary>So many guests are made between two collections.</summary>
    private const int AtOnce = 4;

    private static int made;

    /// <summary>To be called where a guest with its memory is made.</summary>
    public static void CollectSometimes()
    {
        if (++made % AtOnce == 0) GC.Collect();
    }
}
