using CcwFuzz.Target;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Harness.Tests.Minimization;

/// <summary>What makes a finding another one, and what does not.</summary>
public sealed class FindingKeyTests
{
    private static readonly CallSite Guest = CallSite.Root("kworker/cio");

    private static readonly Violation Base = new()
    {
        Kind = ViolationKind.DmaToFreed,
        ObjectType = "vring of queue request",
        Message = "the host reads freed vring of queue request at 13000 in vring_avail_idx",
        Access = CallSite.Root("host").Enter("virtqueue_pop").Enter("vring_avail_idx"),
        AccessContext = "host",
        Allocation = Guest.Enter("virtio_ccw_setup_vq").Enter("vring_alloc_queue_split"),
        Free = Guest.Enter("vring_del_virtqueue"),
        State = "ONLINE",
    };

    public static TheoryData<string> Incidental() => new() { "owner", "number", "message", "context", "callers" };

    public static TheoryData<string> Essential() => new() { "kind", "type", "access", "allocation", "free", "state" };

    [Theory]
    [MemberData(nameof(Incidental))]
    public void What_is_incidental_leaves_the_key_alone(string what) => Assert.Equal(FindingKey.Of(Base), FindingKey.Of(what switch
    {
        "owner" => Base with { ObjectType = "vring of queue control" },
        "number" => Base with { ObjectType = "vring of queue req.7" },
        "message" => Base with { Message = "another" },
        "context" => Base with { AccessContext = "irq/io", FreeContext = "async" },
        _ => Base with { Access = CallSite.Root("elsewhere").Enter("vring_avail_idx") },
    }));

    [Theory]
    [MemberData(nameof(Essential))]
    public void What_is_essential_changes_it(string what) => Assert.NotEqual(FindingKey.Of(Base), FindingKey.Of(what switch
    {
        "kind" => Base with { Kind = ViolationKind.UseAfterFree },
        "type" => Base with { ObjectType = "dma pool chunk of ccw device 0.0.1234" },
        "access" => Base with { Access = CallSite.Root("host").Enter("vring_used_idx") },
        "allocation" => Base with { Allocation = Guest.Enter("another") },
        "free" => Base with { Free = Guest.Enter("another") },
        _ => Base with { State = "BOXED" },
    }));

    [Fact]
    public void A_class_of_this_program_is_no_part_of_it()
    {
        var violation = Base with { Kind = ViolationKind.NullAccess, ObjectType = "IoSubchannelPrivate", Allocation = null, Free = null };
        Assert.Equal(FindingKey.Of(violation), FindingKey.Of(violation with { ObjectType = "Renamed" }));
    }
}
