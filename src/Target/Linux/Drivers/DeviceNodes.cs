using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers;

/// <summary>The nodes in /dev, found by the ccw device that is behind them.</summary>
public sealed class DeviceNodes
{
    private readonly List<Node> nodes = [];

    /// <summary>Names of the nodes, oldest first.</summary>
    public IEnumerable<string> Names => nodes.Select(n => n.Name);

    /// <summary>Opens a node of a ccw device, as a process would: tries the oldest first, and uses the first whose open succeeds.</summary>
    /// <param name="busId">Bus id of the ccw device, e.g. "0.0.1234".</param>
    /// <returns>Null if it has no node, or if none can be opened.</returns>
    public async SimTask<OpenFile?> Open(string busId)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].BusId != busId) continue;
            if (await nodes[i].Open() is { } file) return file;
        }
        return null;
    }

    /// <summary>Whether the ccw device has a node now.</summary>
    public bool Exists(string busId)
    {
        foreach (var node in nodes)
            if (node.BusId == busId) return true;
        return false;
    }

    /// <summary>Adds a node.</summary>
    /// <param name="busId">Bus id of the ccw device behind it.</param>
    /// <param name="name">Its path.</param>
    /// <param name="open">Opens it; null on failure.</param>
    internal Node Add(string busId, string name, Func<SimTask<OpenFile?>> open)
    {
        var node = new Node(busId, name, open);
        nodes.Add(node);
        return node;
    }

    /// <summary>Removes a node; who has it open keeps it open.</summary>
    internal void Remove(Node? node)
    {
        if (node is not null) nodes.Remove(node);
    }

    /// <summary>A node.</summary>
    internal sealed record Node(string BusId, string Name, Func<SimTask<OpenFile?>> Open);
}
