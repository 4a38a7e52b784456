using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Checks;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>Each invariant is broken by a campaign of the corpus, or docs/invariants.md says why none is known.</summary>
public sealed class BrokenInvariantTests
{
    private const ViolationKind Uaf = ViolationKind.UseAfterFree;
    private const ViolationKind Protocol = ViolationKind.Protocol;

    /// <summary>Invariant, campaign (file or text), what it is run on (variant, host, defect), what is seen, as finding or noted.</summary>
    private static readonly (int[] Numbers, string Campaign, string On, ViolationKind Kind, string Message)[] Known =
    [
        ([1], "regression/use-after-free-virtio_ccw_cio_notify-virtio_ccw_online-ec283c33", "mainline", Uaf, "virtio_ccw_cio_notify"),
        ([4], "defects/H32", "mainline bql H32", ViolationKind.RefCount, "while it is referenced"),
        ([5], "regression/leak-struct_port_buffer-alloc_buf-9ec95fe9", "mainline", ViolationKind.Leak, "is never freed"),
        ([6], "regression/pool-gen_pool_destroy-virtio_ccw_online-3866ce4e", "unpinned", ViolationKind.Pool, "is still in use"),
        ([10], "regression/protocol-struct_ccw_device-84d7c33b", "mainline", Protocol, "begins while set_online runs"),
        ([11], "remedies/R40", "hardened-R40", Uaf, "ccw_device_timeout"),
        ([12], "regression/leak-struct_ccw_device-io_subchannel_allocate_dev-06f2856b", "mainline bql H17", ViolationKind.RefCount,
            "its timer is pending"),
        ([13], "remedies/R50", "hardened-R50 deferred", Uaf, "do_cio_interrupt"),
        ([14], "regression/protocol-struct_virtio_ccw_device-virtio_ccw_online-911234c1", "mainline", Protocol, "points to a freed"),
        ([15], "defects/H13", "mainline bql H13", Uaf, "dma_parms"),
        ([16, 17], "regression/protocol-struct_airq_iv-8e207534", "mainline", Protocol, "for a queue that is freed"),
        ([20], "regression/use-after-free-vring_interrupt-__vring_new_virtqueue-9156c774", "mainline", Uaf, "vring_interrupt"),
        ([21], "seeds/deferred-interrupt-of-an-older-device", "mainline deferred", Protocol, "in state OFFLINE"),
        ([25], "regression/dma-to-freed-vring_avail_idx-vring_alloc_queue_split-c1c94d93", "mainline", ViolationKind.DmaToFreed, ""),
        ([29], "remedies/R18", "hardened-R18", ViolationKind.LostRequest, "never reached its driver"),
        ([30], "regression/hang-ccw_io_helper-71aaf35b", "mainline", ViolationKind.Hang, "in ccw_io_helper"),
        ([31], "regression/hang-ccw_device_set_online-ec0333a8", "mainline", ViolationKind.Hang, "in ccw_device_set_online"),
        ([34], "plug 0 type=blk\nconfig-change 0 run=3\nvary to=on run=1\nsysfs-read 0\n  switch at=4\n", "mainline bql H04", Protocol,
            "two operations in curr_io"),
        ([35], "remedies/R11", "hardened-R11 deferred", ViolationKind.WrongResult, "not that of its own channel program"),
        ([37], "remedies/R14", "hardened-R14-R49", Protocol, "without its lock"),
        ([39], "regression/protocol-struct_ccw_device-4a8d69fe", "mainline", Protocol, "is not the ccw device that its subchannel"),
        ([40], "regression/protocol-cdev__ccwlock-692aa4ac", "mainline", Protocol, "its lock is not the one that was taken"),
        ([41], "regression/lost-device-struct_ccw_device-3fe37aeb", "mainline deferred", ViolationKind.LostDevice, "the guest has no"),
        ([42], "regression/protocol-virtio_ccw_remove-6f0f489a", "mainline", Protocol, "was not told that it is gone"),
        ([45], "defects/H38", "mainline bql H38", Protocol, "stays pending"),
        ([46], "defects/H40", "mainline bql H40", ViolationKind.HostAssert, "a second time"),
        ([49], "defects/H58c", "mainline bql H58c", Protocol, "residual count"),
        ([50], "regression/wrong-result-virtio_ccw_get_config-8ce68649", "mainline", ViolationKind.WrongResult, "was not read"),
    ];

    public static TheoryData<int> Places() => [.. Enumerable.Range(0, Known.Length)];

    [Theory]
    [MemberData(nameof(Places))]
    public void A_campaign_breaks_it(int place)
    {
        var (_, campaign, on, kind, message) = Known[place];
        var words = on.Split(' ');
        var target = TargetPool.Of(VariantCatalogue.Resolve(
            words[0], words.ElementAtOrDefault(1) ?? VariantCatalogue.DefaultHost, words.Skip(2)));
        var met = campaign.Contains('\n', StringComparison.Ordinal)
            ? target.Run(CampaignParser.Parse(campaign)).Violation
            : target.Run(File.ReadAllBytes(Repository.PathOf("corpus", campaign + ".bin"))).Violation;
        Violation?[] seen = [target.World.Noted, met];
        Assert.Contains(seen, v => v?.Kind == kind && v.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_all_others_the_document_says_why()
    {
        var lines = File.ReadAllLines(Repository.PathOf("docs", "invariants.md"));
        var named = lines.Select(line => Regex.Match(line, @"^- \*\*((?:I\d+(?:, )?)+)\*\*: \S")).Where(m => m.Success)
            .SelectMany(m => Regex.Matches(m.Groups[1].Value, @"\d+").Select(n => int.Parse(n.Value, CultureInfo.InvariantCulture)));
        Assert.Equal(Others(), named.Order());
    }

    [Fact]
    public void All_others_have_a_test_of_their_own_in_which_they_fire()
    {
        var tests = typeof(BrokenInvariantTests).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic));
        var fire = tests.Where(m => m.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(m => m.GetCustomAttribute<FiresAttribute>()?.Numbers ?? []);
        Assert.Equal(Others(), fire.Distinct().Order());
    }

    private static IEnumerable<int> Others() =>
        InvariantCatalogue.All.Select(i => i.Number).Except(Known.SelectMany(known => known.Numbers));
}
