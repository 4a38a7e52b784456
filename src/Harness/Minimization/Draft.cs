using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Minimization;

/// <summary>A campaign taken apart for editing: what is attached to an operation goes where the operation goes.</summary>
internal sealed class Draft
{
    private readonly List<Part> parts = [];

    /// <summary>An empty draft.</summary>
    public Draft()
    {
    }

    /// <summary>Takes a campaign apart.</summary>
    public Draft(Campaign campaign)
    {
        foreach (var operation in campaign.Operations) parts.Add(new Part(operation));
        foreach (var fault in campaign.Faults) parts[fault.Operation].Faults.Add(fault);
        foreach (var deviation in campaign.Deviations) parts[deviation.Operation].Deviations.Add(deviation);
    }

    /// <summary>Operations with what is attached to them.</summary>
    public IReadOnlyList<Part> Parts => parts;

    /// <summary>Leaves out operations with what is attached to them.</summary>
    public Draft Remove(int start, int count = 1)
    {
        parts.RemoveRange(start, count);
        return this;
    }

    /// <summary>Leaves out all operations but some.</summary>
    public Draft Keep(Func<Operation, bool> wanted)
    {
        parts.RemoveAll(part => !wanted(part.Operation));
        return this;
    }

    /// <summary>Leaves out an operation and attaches what was attached to it to the one before, as deleting its record does.</summary>
    /// <param name="index">Number of the operation, at least 1.</param>
    /// <param name="shift">Added to the points of its deviations: the decisions of the operation before.</param>
    public Draft Dissolve(int index, int shift = 0)
    {
        var (gone, before) = (parts[index], parts[index - 1]);
        before.Faults.AddRange(gone.Faults);
        foreach (var deviation in gone.Deviations)
            before.Deviations.Add(deviation with { Point = Math.Min(deviation.Point + shift, RecordCodec.MaxPoint) });
        parts.RemoveAt(index);
        return this;
    }

    /// <summary>Changes an operation.</summary>
    public Draft Replace(int index, Operation operation)
    {
        parts[index].Operation = operation;
        return this;
    }

    /// <summary>The campaign; null if it would be too large.</summary>
    public Campaign? Assemble()
    {
        var (operations, faults, deviations) = (new List<Operation>(), new List<Fault>(), new List<Deviation>());
        for (var i = 0; i < parts.Count; i++)
        {
            operations.Add(parts[i].Operation);
            foreach (var fault in parts[i].Faults) faults.Add(fault with { Operation = i });
            foreach (var deviation in parts[i].Deviations) deviations.Add(deviation with { Operation = i });
        }
        if (operations.Count + faults.Count + deviations.Count > Campaign.MaxRecords) return null;
        return new Campaign(operations, faults, deviations);
    }

    /// <summary>One operation with what is attached to it; the operation's number in a fault or deviation means nothing here.</summary>
    internal sealed class Part(Operation operation)
    {
        /// <summary>The operation.</summary>
        public Operation Operation { get; set; } = operation;

        /// <summary>Its faults.</summary>
        public List<Fault> Faults { get; } = [];

        /// <summary>Its departures from the default schedule.</summary>
        public List<Deviation> Deviations { get; } = [];
    }
}
