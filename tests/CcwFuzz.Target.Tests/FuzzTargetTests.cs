using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Target.Tests;

/// <summary>The entry: how an execution ends, and what the verdict says.</summary>
public class FuzzTargetTests
{
    private static readonly Campaign OneOperation = new([new Operation(Opcode.Settle)]);

    [Fact]
    public void A_thrown_violation_is_the_verdict()
    {
        var verdict = Target(world => world.Fail(ViolationKind.Pool, "still in use", "struct gen_pool")).Run(OneOperation);
        Assert.False(verdict.IsClean);
        Assert.Equal("pool: kworker/test: still in use", verdict.Title);
        Assert.StartsWith("pool-kworker_test-", verdict.Key, StringComparison.Ordinal);
        Assert.Equal(1, verdict.Operations);
        Assert.Equal(0, verdict.LastOperation);
    }

    [Fact]
    public void A_NULL_access_names_the_function_that_made_it()
    {
        var verdict = Target(world =>
        {
            using var _ = world.Enter("virtio_ccw_int_handler");
            default(Ptr<Thing>).Read();
        }).Run(OneOperation);
        Assert.Equal(ViolationKind.NullAccess, verdict.Violation!.Kind);
        Assert.Equal("virtio_ccw_int_handler", verdict.Violation.Access!.Function);
        Assert.Equal("kworker/test", verdict.Violation.AccessContext);
        Assert.Equal("null-access: NULL pointer to Thing followed in virtio_ccw_int_handler", verdict.Title);
    }

    [Fact]
    public void Any_other_exception_is_an_error_of_the_model()
    {
        var verdict = Target(_ => throw new InvalidOperationException("oops")).Run(OneOperation);
        Assert.True(verdict.IsModelError);
        Assert.Contains("InvalidOperationException: oops [at ", verdict.Violation!.Message, StringComparison.Ordinal);
        Assert.Equal(verdict.Key, Target(_ => throw new InvalidOperationException("else")).Run(OneOperation).Key);
    }

    [Fact]
    public void Every_fault_has_a_mark_of_its_own()
    {
        // It refers to the frames that await it, and they to the whole model: one for all would keep a model that is let go.
        var (first, second) = (Throws().Fiber, Throws().Fiber);
        Assert.NotNull(PendingFault.Take());
        Assert.NotNull(first);
        Assert.NotSame(first, second);

        static async SimTask Throws()
        {
            await SimTask.Done;
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public void A_target_is_used_again_after_a_violation()
    {
        var fail = true;
        var target = Target(world =>
        {
            if (fail) world.Fail(ViolationKind.Hang, "waits");
        });
        Assert.False(target.Run(OneOperation).IsClean);
        fail = false;
        Assert.True(target.Run(OneOperation).IsClean);
    }

    [Fact]
    public void The_stack_gives_the_same_trace_for_the_same_bytes()
    {
        var bytes = CampaignParser.Parse("plug 0 type=scsi\nopen 0 run=3\nunplug 0 run=2\n switch at=1\nclose 0\nread 0").Encode();
        var target = new FuzzTarget(VariantCatalogue.Default);
        target.World.Trace.On = true;
        target.Run(bytes);
        var first = target.World.Trace.Lines.ToList();
        target.Run([1, 2, 3, 4, 5, 6, 7, 8]);
        target.Run(bytes);
        Assert.NotEmpty(first);
        Assert.Equal(first, target.World.Trace.Lines);
    }

    [Fact]
    public void Keys_depend_on_names_alone_and_are_folder_names()
    {
        var violation = new Violation
        {
            Kind = ViolationKind.UseAfterFree,
            Message = "read of freed vring 0 of virtio1 at 1f40",
            ObjectType = "vring 0 of virtio1",
            Access = CallSite.Root("kworker/cio").Enter("virtio_ccw_release_dev"),
            Allocation = CallSite.Root("x").Enter("__vring_new_virtqueue"),
        };
        var key = FindingKey.Of(violation);
        Assert.Matches("^use-after-free-virtio_ccw_release_dev-__vring_new_virtqueue-[0-9a-f]{8}$", key);
        Assert.Equal(key, FindingKey.Of(violation with { Message = "else", ObjectType = "vring 12 of virtio0" }));
        Assert.Equal(key, FindingKey.Of(violation with { Access = CallSite.Root("else").Enter("virtio_ccw_release_dev") }));
        Assert.NotEqual(key, FindingKey.Of(violation with { Free = CallSite.Root("x").Enter("vring_free") }));
        Assert.NotEqual(key, FindingKey.Of(violation with { State = "DEV_STATE_BOXED" }));
        Assert.NotEqual(key, FindingKey.Of(violation with { ObjectType = "struct ccw_device" }));
        Assert.NotEqual(key, FindingKey.Of(violation with { Kind = ViolationKind.DoubleFree }));
    }

    private static FuzzTarget Target(Action<World> act) => new(VariantCatalogue.Default, world => campaign =>
    {
        world.Scheduler.BeginOperation(0);
        world.Scheduler.Spawn(ContextKind.Worker, "kworker/test", () => Act(world, act));
        world.Scheduler.Run();
        return null;
    });

    private static async SimTask Act(World world, Action<World> act)
    {
        await world.Scheduler.Point;
        act(world);
    }

    private sealed class Thing : HeapObject
    {
        public override string TypeName => "struct thing";
    }
}
