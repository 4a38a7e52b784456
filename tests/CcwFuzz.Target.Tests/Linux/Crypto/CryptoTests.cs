using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor.Devices.Crypto;
using CcwFuzz.Target.Tests.Linux.Cio;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Crypto;

/// <summary>virtio_crypto with its engine, the crypto API above it, and sockets of the family AF_ALG.</summary>
public sealed class CryptoTests
{
    private const string Open = "plug 0 type=crypto\nopen 0\n";

    private static CampaignRunner Play(string text) => CampaignPlayer.Play(CampaignParser.Parse(text));

    private static List<string> Log(CampaignRunner runner, string what) =>
        [.. runner.Stack.World.Trace.Lines.Select(l => l.Text).Where(l => l.Contains(what, StringComparison.Ordinal))];

    private static HostCrypto Host(CampaignRunner runner) => (HostCrypto)runner.Stack.Host.Devices.Single().Virtio;

    private static Verdict Run(string text, string variant = VariantCatalogue.DefaultVariant) =>
        TargetPool.Of(VariantCatalogue.Resolve(variant)).Run(CampaignParser.Parse(text));

    [Fact]
    public void The_self_test_leaves_no_session()
    {
        var runner = Play("plug 0 type=crypto");
        Assert.Equal(0, Host(runner).SessionCount);
        Assert.Empty(Log(runner, "self-tests"));
        Assert.Equal(["AF_ALG virtio_crypto_aes_cbc"], runner.Stack.Nodes.Names);
    }

    [Fact]
    public void A_key_is_two_sessions_until_the_socket_is_closed()
    {
        Assert.Equal(2, Host(Play(Open)).SessionCount);
        Assert.Equal(0, Host(Play(Open + "close 0")).SessionCount);
        Assert.Equal(4, Host(Play(Open + "open 0")).SessionCount);
    }

    [Fact]
    public void What_was_encrypted_is_decrypted()
    {
        var runner = Play(Open + "write 0 sectors=2\nread 0 sectors=2");
        Assert.Single(Log(runner, "write: 1024"));
        Assert.Single(Log(runner, "read: 1024"));
    }

    [Fact]
    public void A_request_waits_for_the_host_and_ends_with_its_error()
    {
        var runner = Play(Open + "stall 0\nwrite 0\ncomplete 0 result=io-error\nwrite 0");
        Assert.Single(Log(runner, "write: -22"));
        Assert.Single(Log(runner, "write: 512"));
    }

    [Theory]
    [InlineData("offline 0\nonline 0\nunbind 0\nbind 0\nunplug 0")]
    [InlineData("config-change 0\nconfig-change 0 run=1\nunplug 0")]
    [InlineData("open 0\nwrite 0\nread 0\nclose 0\nunplug 0")]
    [InlineData("plug 1 type=crypto\nopen 0\noffline 1\nwrite 0\nclose 0\nunplug 0")]
    public void It_comes_and_goes(string operations) => Assert.Null(Run("plug 0 type=crypto\n" + operations).Title);

    [Theory]
    [InlineData("unplug 0\nclose 0", "use-after-free")] // the key stays where the device was
    [InlineData("unplug 0", "use-after-free")]
    [InlineData("offline 0\nclose 0", "use-after-free")]
    [InlineData("unbind 0\nbind 0\nwrite 0", "use-after-free")]
    [InlineData("stall 0\nwrite 0\nunplug 0", "hang")] // nobody ends the request
    [InlineData("stall 0\nwrite 0\noffline 0", "hang")]
    public void A_device_that_is_used_goes_and_hardened_survives_it(string operations, string kind)
    {
        var verdict = Run(Open + operations);
        Assert.Equal(kind, verdict.Violation?.KindName);
        Assert.Null(Run(Open + operations, "hardened").Title);
    }

    [Fact]
    public void Without_memory_for_the_engine_the_probe_leaves_its_queues_and_hardened_leaves_nothing()
    {
        var keys = new HashSet<string>();
        for (var nth = 1; nth < 40; nth++)
        {
            var text = $"plug 0 type=crypto\n  fail alloc={nth} kind=heap\nunplug 0";
            if (Run(text).Key is { } key) keys.Add(key);
            Assert.Null(Run(text, "hardened").Title);
        }
        Assert.Contains(keys, k => k.StartsWith("leak-", StringComparison.Ordinal));
    }
}
