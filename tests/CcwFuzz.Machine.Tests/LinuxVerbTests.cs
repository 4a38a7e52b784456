using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Play;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>The verb without a machine: what is missing, wrong or not possible.</summary>
public sealed class LinuxVerbTests
{
    [Fact]
    public void Wrong_usage_is_one_line()
    {
        using var folder = new TemporaryFolder();
        var campaign = folder.Write("c.txt", "plug 0\n");
        Cli.Run("linux", "replay").IsMistake("needs an INPUT");
        Cli.Run("linux", "fuzz", campaign).IsMistake("unexpected argument", "linux fuzz");
        Cli.Run("linux", "replay", campaign, "--times", "0").IsMistake("--times");
        Cli.Run("linux", "replay", campaign, "--minimize").IsMistake("--minimize", "real guest");
        Cli.Run("linux", "replay", campaign, "--patience", "-1").IsMistake("--patience");
        Cli.Run("linux", "replay", campaign, "--kernel", folder["none"]).IsMistake("eng/install-guest", "doctor");
    }

    [Fact]
    public void The_doctor_names_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        var all = LinuxDoctor.Examine(folder["no-qemu"], folder.Root);
        Assert.Equal(["QEMU", "kernels", "agent"], all.Where(r => !r.IsThere && r.Name != "qemu-img").Select(r => r.Name));
        Assert.All(all.Where(r => !r.IsThere), r => Assert.Contains("eng/install-guest", r.Detail, StringComparison.Ordinal));
        folder.Write("kernels/mine/vmlinuz", "");
        folder.Write("kernels/mine/initrd.gz", "");
        folder.Write("kernels/half/vmlinuz", "");
        Assert.Equal(["mine"], GuestFiles.Names(folder.Root));
        Assert.Equal("mine", GuestFiles.Find(folder.Root, null, null).Name);
        var e = Assert.Throws<MachineException>(() => GuestFiles.Find(folder.Root, "other", null));
        Assert.Contains("mine", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_doctor_does_not_wait_for_a_program_that_hangs()
    {
        using var folder = new TemporaryFolder();
        var hanging = folder.Write("qemu", "#!/bin/sh\nsleep 1000\n");
        File.SetUnixFileMode(hanging, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var qemu = LinuxDoctor.Examine(hanging, folder.Root, TimeSpan.FromMilliseconds(100))[0];
        Assert.False(qemu.IsThere);
        Assert.Contains("does not end within 0.1 s", qemu.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_doctor_knows_an_agent_of_another_version()
    {
        using var folder = new TemporaryFolder();
        folder.Write("kernels/new/vmlinuz", "");
        folder.Write("kernels/old/vmlinuz", "");
        Pack("new", AgentClient.Marker);
        Pack("old", "ccwfuzz-agent 4\0"u8);
        File.WriteAllBytes(folder["agent"], AgentClient.Marker.ToArray());
        var kernels = Requirement("kernels");
        Assert.False(kernels.IsThere);
        Assert.EndsWith("'old' has no agent of this version: eng/install-guest --name old", kernels.Detail, StringComparison.Ordinal);
        Assert.True(Requirement("agent").IsThere);
        File.WriteAllText(folder["kernels/old/initrd.gz"], "no gzip");
        Assert.False(Requirement("kernels").IsThere);
        Pack("old", AgentClient.Marker);
        File.WriteAllText(folder["agent"], "ccwfuzz-agent");
        Assert.True(Requirement("kernels").IsThere);
        Assert.False(Requirement("agent").IsThere);

        Requirement Requirement(string name) => LinuxDoctor.Examine(folder["no-qemu"], folder.Root).Single(r => r.Name == name);

        void Pack(string name, ReadOnlySpan<byte> agent)
        {
            using var file = File.Create(folder[$"kernels/{name}/initrd.gz"]);
            using var packed = new GZipStream(file, CompressionLevel.Fastest);
            packed.Write([7, 7, .. agent, 7]);
        }
    }

    [Fact]
    public void The_agent_speaks_the_protocol_of_this_program()
    {
        var marker = Encoding.ASCII.GetString(AgentClient.Marker).TrimEnd('\0');
        var agent = File.ReadAllText(Path.Combine(Repository.Root, "eng", "guest", "agent.c"));
        Assert.Contains($"\"{marker}\"", agent, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_operation_is_done_or_refused_with_a_reason()
    {
        foreach (var info in OperationCatalogue.All)
        {
            var operation = OperationCatalogue.Normalize(new Operation(info.Opcode));
            var isHosts = info.Opcode is Opcode.Plug or Opcode.Unplug or Opcode.ConfigChange or Opcode.Wait or Opcode.Reset or Opcode.Port;
            var isGuests = RealOperations.Request(operation, "0.0.1234") is not null;
            Assert.True(isHosts ^ isGuests ^ (RealOperations.WhyNot(operation) is not null), info.Name);
        }
    }

    [Fact]
    public void The_documentation_says_what_becomes_of_every_operation()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "real-guest.md"));
        var named = lines
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal))
            .SelectMany(l => l.Split('|')[1].Split(','))
            .Select(w => w.Trim());
        Assert.Empty(OperationCatalogue.All.Select(o => o.Name).Except(named));
    }

    [Fact]
    public void Fuzzing_draws_what_a_guest_can_do_and_the_same_for_the_same_seed()
    {
        var (one, other) = (new RealCampaigns(7), new RealCampaigns(7));
        var outcome = new Outcome(null, new Signs(["[ 1.0] something"], [], ["open 0"], "0123"), 0, [], true);
        var points = 0;
        for (var i = 0; i < 200; i++)
        {
            var (campaign, same) = (one.Next(), other.Next());
            Assert.Equal(campaign.Campaign, same.Campaign);
            Assert.Equal(campaign.Points, same.Points);
            Assert.All(campaign.Campaign.Operations, o => Assert.Null(RealOperations.WhyNot(o)));
            Assert.All(campaign.Points, p => Assert.True(RealOperations.IsOfHost(campaign.Campaign.Operations[p.Operation - 1])));
            points += campaign.Points.Count;
            one.Note(campaign, outcome);
            other.Note(campaign, outcome);
        }
        Assert.InRange(points, 20, 200);
        Assert.Equal((1, 1, 1, 1), (one.Kept, one.Feedback.Shapes, one.Feedback.States, one.Feedback.Places));
    }

    [Fact]
    public async Task A_QEMU_that_ends_at_once_leaves_nothing()
    {
        var folder = QemuProcess.NewFolder();
        await using (var process = QemuProcess.Start("/bin/sh", ["-c", "echo no such machine >&2; exit 1"], folder))
        {
            for (var i = 0; i < 1000 && !process.HasExited; i++) await Task.Delay(10);
            Assert.True(process.HasExited);
            Assert.Equal("no such machine", process.LastWords);
        }
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_QEMU_that_goes_on_is_stopped()
    {
        var folder = QemuProcess.NewFolder();
        var process = QemuProcess.Start("/bin/sh", ["-c", $"echo $$ > {folder}/pid; exec sleep 1000"], folder);
        for (var i = 0; i < 1000 && !File.Exists(Path.Combine(folder, "pid")); i++) await Task.Delay(10);
        await process.DisposeAsync();
        Assert.False(Directory.Exists(folder));
    }
}
