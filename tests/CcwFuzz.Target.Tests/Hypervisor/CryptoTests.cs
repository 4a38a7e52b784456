using System.Buffers.Binary;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Hypervisor.Devices.Crypto;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class CryptoTests
{
    private const byte Ok = 0;
    private const byte Error = 1;
    private const byte NotSupported = 3;
    private const byte InvalidSession = 4;
    private const byte Untouched = 0xaa;
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly HostCrypto crypto;
    private readonly GuestRing data;
    private readonly GuestRing control;

    public CryptoTests()
    {
        device = bench.Plug(DeviceType.Crypto);
        crypto = (HostCrypto)device.Virtio;
        data = new GuestRing(bench, device.Id, 0, size: 64);
        control = new GuestRing(bench, device.Id, 1, size: 64);
    }

    private void Ready()
    {
        GuestRing.Negotiate(bench, device.Id, 0);
        data.SetUp();
        control.SetUp();
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
    }

    private Span<byte> At(uint address, int length) => bench.Memory.Guest(address, (uint)length);

    private uint Block(params ReadOnlySpan<byte> bytes)
    {
        var address = bench.Memory.Allocate((uint)bytes.Length, "block", 8);
        bytes.CopyTo(At(address, bytes.Length));
        return address;
    }

    private (byte Status, ulong Session) Create(uint direction, int keyLength = 16, uint opcode = 2, uint opType = 1, uint algorithm = 3)
    {
        var request = new byte[72];
        BinaryPrimitives.WriteUInt32LittleEndian(request, opcode);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(16), algorithm);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(20), (uint)keyLength);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(24), direction);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(64), opType);
        var key = Enumerable.Range(3, keyLength).Select(i => (byte)i).ToArray();
        var input = Block(Enumerable.Repeat(Untouched, 16).ToArray());
        control.Add(Piece.Out(Block(request), 72), Piece.Out(Block(key), keyLength), Piece.In(input, 16));
        control.Kick();
        return (At(input + 8, 1)[0], BinaryPrimitives.ReadUInt64LittleEndian(At(input, 8)));
    }

    private byte Destroy(ulong session)
    {
        var request = new byte[72];
        request[0] = 3;
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(16), session);
        var status = Block(Untouched);
        control.Add(Piece.Out(Block(request), 72), Piece.In(status, 1));
        control.Kick();
        return At(status, 1)[0];
    }

    private (uint Target, uint Status) Send(ulong session, byte[] text, int? targetLength = null, uint opcode = 0)
    {
        var request = new byte[72];
        BinaryPrimitives.WriteUInt32LittleEndian(request, opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), session);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(24), 16);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(28), (uint)text.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(32), (uint)(targetLength ?? text.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(64), 1);
        var (target, status) = (Block(new byte[text.Length]), Block(Untouched));
        data.Add(
            Piece.Out(Block(request), 72), Piece.Out(Block(new byte[16]), 16), Piece.Out(Block(text), text.Length),
            Piece.In(target, text.Length), Piece.In(status, 1));
        data.Kick();
        return (target, status);
    }

    private byte StatusOf((uint Target, uint Status) sent) => At(sent.Status, 1)[0];

    [Fact]
    public void It_offers_two_queues_and_what_QEMUs_own_back_end_can_do()
    {
        Assert.Equal(VirtioFeature.Common, crypto.HostFeatures);
        Assert.Equal((2, 56, 20), (crypto.QueueCount, crypto.ConfigLength, crypto.DeviceId));
        Assert.Equal((1024, 1024), (crypto.Queue(0)!.Size, crypto.Queue(1)!.Size));
        Ready();
        Bench.AssertSuccess(bench.Run(device.Id, VirtioCcwCommand.ReadConf, 56));
        var config = At(Bench.Payload, 56).ToArray();
        uint[] expected = [1, 1, 0b10111, 1 << 3, 0, 1 << 2, 0, 0, 0, 64, 512, 1 << 1];
        Assert.Equal(expected, Enumerable.Range(0, 12).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(config.AsSpan(i * 4))));
    }

    [Fact]
    public void It_takes_no_driver_that_does_not_begin_with_a_revision()
    {
        Bench.AssertReject(bench.Run(device.Id, VirtioCcwCommand.VdevReset, 0));
        At(Bench.Payload, 4).Clear();
        Bench.AssertReject(bench.Run(device.Id, VirtioCcwCommand.SetVirtioRev, 4));
        Assert.Equal(-1, device.Revision);
        bench.Do(device.Id, VirtioCcwCommand.SetVirtioRev, 0, 2, 0, 0);
        Assert.Equal(2, device.Revision);
    }

    [Fact]
    public void What_one_session_encrypts_the_other_decrypts()
    {
        Ready();
        Assert.Equal((Ok, 0ul), Create(direction: 1));
        Assert.Equal((Ok, 1ul), Create(direction: 2));
        byte[] text = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 5))];
        var there = Send(session: 0, text);
        Assert.Equal(Ok, StatusOf(there));
        var hidden = At(there.Target, 32).ToArray();
        Assert.NotEqual(text, hidden);
        var back = Send(session: 1, hidden, opcode: 1);
        Assert.Equal(text, At(back.Target, 32).ToArray());
        Assert.Equal(33u, data.UsedEntry(1).Length); // all that is writable
    }

    [Fact]
    public void Sessions_get_the_first_free_number_and_outlive_a_reset()
    {
        Ready();
        Assert.Equal(0ul, Create(1).Session);
        Assert.Equal(1ul, Create(2).Session);
        Assert.Equal(Ok, Destroy(0));
        Assert.Equal(Error, Destroy(0));
        Assert.Equal(Error, Destroy(4000));
        Assert.Equal(0ul, Create(1).Session);
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.Equal(2, crypto.SessionCount);
        bench.Host.Unplug(device);
        Assert.Equal(0, crypto.SessionCount);
    }

    [Fact]
    public void What_it_does_not_know_it_refuses()
    {
        Ready();
        Assert.Equal(Error, Create(1, keyLength: 17).Status);
        Assert.Equal(Error, Create(1, keyLength: 65).Status);
        Assert.Equal(Error, Create(1, algorithm: 4).Status);
        Assert.Equal(NotSupported, Create(1, opType: 2).Status);
        Assert.Equal(NotSupported, Create(1, opcode: 0x102).Status);
        Assert.Equal(Error, Create(1, opcode: 0x404).Status);
        Assert.Equal(0, crypto.SessionCount);
        Assert.Equal(InvalidSession, StatusOf(Send(session: 7, new byte[16])));
        Assert.Equal(NotSupported, StatusOf(Send(session: 7, new byte[16], opcode: 0x100)));
        Assert.False(crypto.IsBroken);
    }

    [Fact]
    public void Only_a_reset_helps_after_a_request_that_contradicts_itself()
    {
        Ready();
        Create(1);
        Assert.Equal(Untouched, StatusOf(Send(session: 0, new byte[16], targetLength: 8)));
        Assert.True(crypto.IsBroken);
        Assert.Equal(0, data.UsedIndex);
    }

    [Fact]
    public void A_stall_holds_requests_and_not_sessions()
    {
        Ready();
        bench.Host.Stall(device);
        Assert.Equal(Ok, Create(1).Status);
        var held = Send(session: 0, new byte[16]);
        Assert.Equal(Untouched, StatusOf(held));
        bench.Host.Complete(device, BackEndResult.IoError);
        bench.Settle();
        Assert.Equal(Error, StatusOf(held));
        Assert.Equal(new byte[16], At(held.Target, 16).ToArray());
        Assert.Equal(Ok, StatusOf(Send(session: 0, new byte[16])));
    }
}
