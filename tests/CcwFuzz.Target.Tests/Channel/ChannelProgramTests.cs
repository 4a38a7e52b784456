using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Channel;

public class ChannelProgramTests
{
    private static readonly byte[] SenseId = [0xff, 0x38, 0x32, 4, 0, 0, 0];
    private readonly Bench bench = new();
    private readonly SubchannelId id;

    public ChannelProgramTests() => id = bench.Plug(DeviceType.Rng).Id;

    private byte[] Payload(int bytes) => bench.Memory.Guest(Bench.Payload, (uint)bytes).ToArray();

    [Fact]
    public void Format0_words_are_understood()
    {
        // command, 24-bit address, flags, reserved, count
        bench.Memory.Write64(Bench.Program, 0xe400_2000_2000_0007);
        Bench.AssertSuccess(bench.Run(id, OrbControl.None));
        Assert.Equal(SenseId, Payload(7));
    }

    [Fact]
    public void Format0_count_zero_is_a_program_check()
    {
        bench.Memory.Write64(Bench.Program, 0xe400_2000_2000_0000);
        Bench.AssertProgramCheck(bench.Run(id, OrbControl.None));
    }

    [Theory]
    [InlineData(0x08)]
    [InlineData(0xf8)]
    public void Format0_transfer_ignores_high_nibble_flags_and_count(byte command)
    {
        bench.Memory.Write64(Bench.Program, 0x0300_2000_6000_0001); // NOOP, command chaining
        bench.Memory.Write64(Bench.Program + 8, ((ulong)command << 56) | 0x0000_1100_ffff_ffff);
        bench.Memory.Write64(0x1100, 0xe400_2000_2000_0007);
        var scsw = bench.Run(id, OrbControl.None);
        Bench.AssertSuccess(scsw);
        Assert.Equal(0x1108u, scsw.Cpa);
        Assert.Equal(SenseId, Payload(7));
    }

    [Fact]
    public void Format2_indirect_addresses_cross_blocks()
    {
        bench.Put(0, CcwCommand.SenseId, Bench.Sli | CcwFlags.IndirectData, 7, 0x3000);
        bench.Memory.Write64(0x3000, 0x4ffd); // three bytes before the end of a 4 KiB block
        bench.Memory.Write64(0x3008, 0x6000);
        Bench.AssertSuccess(bench.Run(id, OrbControl.Format | OrbControl.Format2Idaw));
        Assert.Equal(SenseId[..3], bench.Memory.Guest(0x4ffd, 3).ToArray());
        Assert.Equal(SenseId[3..], bench.Memory.Guest(0x6000, 4).ToArray());
    }

    [Fact]
    public void Format1_indirect_addresses_cross_two_kilo_byte_blocks()
    {
        bench.Put(0, CcwCommand.SenseId, Bench.Sli | CcwFlags.IndirectData, 7, 0x3000);
        bench.Memory.Write32(0x3000, 0x47fc);
        bench.Memory.Write32(0x3004, 0x5000);
        Bench.AssertSuccess(bench.Run(id));
        Assert.Equal(SenseId[..4], bench.Memory.Guest(0x47fc, 4).ToArray());
        Assert.Equal(SenseId[4..], bench.Memory.Guest(0x5000, 3).ToArray());
    }

    [Theory]
    [InlineData(OrbControl.Format | OrbControl.Format2Idaw, 0x3004u)] // words of eight bytes are aligned to eight
    [InlineData(OrbControl.Format, 0x3002u)]
    public void Misaligned_indirect_address_is_a_program_check(OrbControl control, uint list)
    {
        bench.Put(0, CcwCommand.SenseId, Bench.Sli | CcwFlags.IndirectData, 7, list);
        Bench.AssertProgramCheck(bench.Run(id, control));
    }

    [Fact]
    public void Skip_moves_nothing()
    {
        bench.Memory.Guest(Bench.Payload, 7).Fill(0xaa);
        bench.Put(0, CcwCommand.SenseId, Bench.Sli | CcwFlags.Skip, 7);
        // The low nibble of SENSE ID is 4: it counts as a sense command.
        Bench.AssertSuccess(bench.Run(id));
        Assert.Equal(Enumerable.Repeat((byte)0xaa, 7), Payload(7));
    }

    [Fact]
    public void Residual_count_is_what_was_not_moved()
    {
        Assert.Equal(0, bench.Run(id, CcwCommand.SenseId, 256).Count);
        Assert.Equal(44, bench.Run(id, CcwCommand.SenseId, 300, Bench.Sli).Count);
        Assert.Equal(68, bench.Run(id, CcwCommand.BasicSense, 100, Bench.Sli).Count);
    }

    [Fact]
    public void Suspend_and_resume()
    {
        bench.Put(0, CcwCommand.Noop, CcwFlags.ChainCommand | Bench.Sli, 1);
        bench.Put(1, CcwCommand.SenseId, CcwFlags.Suspend | Bench.Sli, 7);
        Assert.Equal(InstructionResult.Cc0, bench.Start(id, OrbControl.Format | OrbControl.Suspend));
        bench.Channel.StoreSubchannel(id, out var schib);
        Assert.Equal(ScswControl.Start | ScswControl.Suspended, schib.Scsw.Control);

        Assert.Equal(InstructionResult.Cc2, bench.Start(id)); // busy: there is a function and no status
        Assert.Equal(InstructionResult.Cc2, bench.Channel.ModifySubchannel(id, in schib));
        Assert.Equal(InstructionResult.Cc1, bench.Channel.TestSubchannel(id, out _));

        bench.Put(1, CcwCommand.SenseId, Bench.Sli, 7);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.ResumeSubchannel(id));
        Assert.Equal(InstructionResult.Cc0, bench.Channel.TestSubchannel(id, out var irb));
        Bench.AssertSuccess(in irb.Scsw);
        Assert.Equal(SenseId, Payload(7));
        Assert.Equal(InstructionResult.Cc2, bench.Channel.ResumeSubchannel(id));
    }

    [Fact]
    public void Suspended_program_can_be_cancelled_or_halted()
    {
        bench.Put(0, CcwCommand.Noop, CcwFlags.Suspend | Bench.Sli, 1);
        bench.Start(id, OrbControl.Format | OrbControl.Suspend);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.CancelSubchannel(id));
        bench.Channel.StoreSubchannel(id, out var schib);
        Assert.Equal(ScswControl.None, schib.Scsw.Control);

        bench.Start(id, OrbControl.Format | OrbControl.Suspend);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.HaltSubchannel(id));
        Assert.Equal(InstructionResult.Cc0, bench.Channel.TestSubchannel(id, out var irb));
        Assert.Equal(Bench.Program + 8, irb.Scsw.Cpa);
    }

    [Fact]
    public void Two_transfers_in_a_row_are_a_program_check()
    {
        bench.Put(0, CcwCommand.Noop, CcwFlags.ChainCommand | Bench.Sli, 1);
        bench.Put(1, CcwCommand.Tic, CcwFlags.None, 0, Bench.Program + 16);
        bench.Put(2, CcwCommand.Tic, CcwFlags.None, 0, Bench.Program);
        Bench.AssertProgramCheck(bench.Run(id));
    }

    [Fact]
    public void Endless_program_is_a_finding()
    {
        bench.Put(0, CcwCommand.Noop, CcwFlags.ChainCommand | Bench.Sli, 1);
        bench.Put(1, CcwCommand.Tic, CcwFlags.None, 0, Bench.Program);
        var found = Assert.Throws<ViolationException>(() => bench.Start(id));
        Assert.Equal(ViolationKind.HostAssert, found.Violation.Kind);
    }

    [Fact]
    public void Endless_program_without_data_is_a_program_check()
    {
        bench.Put(0, CcwCommand.Noop, CcwFlags.ChainCommand | Bench.Sli, 1, address: 0);
        bench.Put(1, CcwCommand.Tic, CcwFlags.None, 0, Bench.Program);
        Bench.AssertProgramCheck(bench.Run(id));
    }

    [Fact]
    public void Concurrent_sense_travels_with_the_status()
    {
        bench.Channel.StoreSubchannel(id, out var schib);
        schib.Pmcw.Characteristics |= PmcwCharacteristics.ConcurrentSense;
        bench.Channel.ModifySubchannel(id, in schib);
        bench.Put(0, 0x77, Bench.Sli, 1);
        bench.Start(id);
        bench.Channel.TestSubchannel(id, out var irb);
        Bench.AssertReject(in irb.Scsw);
        Assert.Equal(ScswFlags.ExtendedStatus | ScswFlags.ExtendedControl, irb.Scsw.Flags & ~ScswFlags.Format);
        Assert.Equal(0x0100_2000u, irb.Esw.Erw);
        Assert.Equal(SenseBytes.CommandReject, irb.Ecw[0]);
        bench.Run(id, CcwCommand.BasicSense, 32);
        Assert.Equal(0, Payload(1)[0]);
    }

    [Fact]
    public void Program_in_freed_memory_is_a_finding()
    {
        var program = bench.Memory.Allocate(64, "ccw", 8);
        bench.Memory.Free(program);
        var found = Assert.Throws<ViolationException>(() => bench.Start(id, program: program));
        Assert.Equal(ViolationKind.DmaToFreed, found.Violation.Kind);
        Assert.Equal("css_interpret_ccw", found.Violation.Access!.Function);
    }
}
