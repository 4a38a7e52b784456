using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Devices;
using CcwFuzz.Target.Hypervisor;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>What is not known is a mistake: no operation silently becomes another one, or nothing, on a real guest.</summary>
public sealed class UnknownOperationTests
{
    private const ushort Unknown = 999;

    [Fact]
    public async Task Every_type_of_device_is_one_that_QEMU_is_asked_for()
    {
        await using var machine = new FakeMachine();
        await using var vm = await machine.Attach();
        using var host = new HostDevices(vm, disksGrow: false);
        foreach (var type in Enum.GetValues<DeviceType>())
        {
            Assert.Null(await host.Do(new Operation(Opcode.Plug, A: (ushort)type), default));
            var name = $"\"{DeviceCatalogue.Of(type).QemuName}\"";
            Assert.Contains(machine.Commands.Where(IsAdd), c => c.Contains(name, StringComparison.Ordinal));
            await host.UnplugAll(default);
        }
        Assert.Equal(Enum.GetValues<DeviceType>().Length, host.Plugs);
    }

    [Fact]
    public async Task The_back_end_of_a_crypto_device_is_made_before_it_and_removed_after_it()
    {
        await using var machine = new FakeMachine();
        await using var vm = await machine.Attach();
        using var host = new HostDevices(vm, disksGrow: false);
        Assert.Null(await host.Do(new Operation(Opcode.Plug, A: (ushort)DeviceType.Crypto), default));
        await host.UnplugAll(default);
        Assert.False(host.IsBare);
        await host.RemoveBackEnds(default);
        Assert.True(host.IsBare);
        string[] steps = ["object-add", "device_add", "device_del", "object-del"];
        var done = machine.Commands.Select(c => steps.FirstOrDefault(s => c.StartsWith(s, StringComparison.Ordinal))).OfType<string>();
        Assert.Equal(steps, done);
    }

    [Fact]
    public async Task Every_event_of_a_port_is_known()
    {
        await using var machine = new FakeMachine();
        await using var vm = await machine.Attach();
        using var host = new HostDevices(vm, disksGrow: false);
        await host.Do(new Operation(Opcode.Plug, A: (ushort)DeviceType.Serial), default);
        foreach (var kind in Enum.GetValues<SerialPortAction>())
            Assert.Null(await host.Do(new Operation(Opcode.Port, A: (ushort)kind), default));
        var unknown = new Operation(Opcode.Port, A: Unknown);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Do(unknown, default));
        Assert.Contains("999", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_type_of_device_that_nobody_told_of_is_a_mistake()
    {
        await using var machine = new FakeMachine();
        await using var vm = await machine.Attach();
        using var host = new HostDevices(vm, disksGrow: false);
        var unknown = new Operation(Opcode.Plug, A: Unknown);
        var e = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => host.Do(unknown, default));
        Assert.Contains("999", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Commands, IsAdd);
    }

    [Theory]
    [InlineData(Opcode.Open)] // the guest's
    [InlineData(Opcode.Kick)] // nobody's
    [InlineData((Opcode)Unknown)]
    public async Task An_operation_that_is_not_the_hosts_is_a_mistake_there(Opcode opcode)
    {
        await using var machine = new FakeMachine();
        await using var vm = await machine.Attach();
        using var host = new HostDevices(vm, disksGrow: false);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Do(new Operation(opcode), default));
    }

    [Fact]
    public void What_is_written_to_cio_ignore_is_known()
    {
        var written = Enum.GetValues<IgnoreAction>().Select(a => Request((ushort)a)!["write /proc/cio_ignore ".Length..]);
        Assert.Equal(["add 0.0.1234", "free 0.0.1234", "purge"], written);
        Assert.Throws<InvalidOperationException>(() => Request(Unknown));

        static string? Request(ushort action) => RealOperations.Request(new Operation(Opcode.CioIgnore, A: action), "0.0.1234");
    }

    private static bool IsAdd(string command) => command.StartsWith("device_add", StringComparison.Ordinal);
}
