namespace CcwFuzz.Target.Simulation;

/// <summary>Arrays that live as long as one execution and serve the next one again.</summary>
/// <remarks>
/// Every array is cleared when it is handed out, and none is handed out twice within an execution, so it is as good as a new one.
/// </remarks>
public sealed class ReusedArrays
{
    private readonly Dictionary<(Type, int), Shelf> shelves = [];
    private readonly List<Shelf> inUse = [];

    /// <summary>A zeroed array of this length; not to be touched after the end of the execution.</summary>
    public T[] New<T>(int length)
    {
        if (!shelves.TryGetValue((typeof(T), length), out var shelf)) shelves[(typeof(T), length)] = shelf = new Shelf();
        if (shelf.Used == 0) inUse.Add(shelf);
        if (shelf.Used == shelf.Arrays.Count) shelf.Arrays.Add(new T[length]);
        var array = (T[])shelf.Arrays[shelf.Used++];
        Array.Clear(array);
        return array;
    }

    /// <summary>The execution ended: all arrays can be used again.</summary>
    internal void Reset()
    {
        foreach (var shelf in inUse) shelf.Used = 0;
        inUse.Clear();
    }

    private sealed class Shelf
    {
        public List<Array> Arrays { get; } = [];

        public int Used { get; set; }
    }
}
