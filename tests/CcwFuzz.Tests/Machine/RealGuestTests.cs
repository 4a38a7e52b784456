using CcwFuzz.Harness.Backends;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Target.Campaigns;
using Xunit;

namespace CcwFuzz.Tests.Machine;

/// <summary>A test that boots a guest: only where one is installed, and only when it is asked for.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GuestFactAttribute : FactAttribute
{
    private const string Variable = "CCW_TEST_GUEST";

    public GuestFactAttribute()
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1") Skip = $"boots a guest under QEMU; {Variable}=1 runs it";
        else if (GuestFiles.Names(GuestFiles.Cache).Count == 0) Skip = "there is no guest; eng/install-guest makes one";
    }
}

/// <summary>Campaigns on the real thing.</summary>
[Trait("Category", "Guest")]
public sealed class RealGuestTests
{
    [GuestFact]
    public async Task A_device_that_comes_and_goes_leaves_no_trace()
    {
        var settings = new VmSettings { Guest = GuestFiles.Find(GuestFiles.Cache, null, null) };
        var campaign = CampaignParser.Parse("plug 0 type=rng\nopen 0\nread 0 sectors=1\nclose 0\nunplug 0\n");
        var replay = await LinuxReplay.Run(settings, campaign, [1, 1], _ => true, TextWriter.Null, default);
        Assert.Equal(0, replay.Hits);
        Assert.All(replay.Outcomes, o => Assert.Empty(o.Notes));
        Assert.All(replay.Outcomes, o => Assert.True(o.CanReset));
        Assert.StartsWith("6.", replay.Kernel, StringComparison.Ordinal);
    }
}
