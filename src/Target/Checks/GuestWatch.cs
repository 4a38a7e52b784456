using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Checks;

/// <summary>Hands what happens in one guest to the checks; made anew with each guest.</summary>
/// <param name="stack">The stack; the guest in it may still be booting.</param>
/// <param name="kernel">The guest.</param>
internal sealed class GuestWatch(StackView stack, GuestKernel kernel) : ICioWatch, IVirtioWatch, IVirtioCcwWatch, IDiskWatch
{
    private readonly StartCheck start = new(kernel);
    private readonly FsmEntryCheck fsm = new(kernel.World);
    private readonly DriverCallbackCheck driver = new(kernel.World);
    private readonly ReleaseCheck release = new(kernel);
    private readonly FakeIrbCheck fake = new(kernel.World);
    private readonly IoResultCheck io = new(kernel);
    private readonly GoneNotifiedCheck gone = new(kernel);
    private readonly CallbackCheck callback = new(kernel.World);
    private readonly ConfigReadCheck config = new(kernel.World);
    private readonly DiskContentsCheck disks = new(kernel.World);

    /// <inheritdoc/>
    public void Starting(Ptr<Subchannel> sch, uint cpa) => start.Starting(sch.Target!, cpa);

    /// <inheritdoc/>
    public void Started(Ptr<Subchannel> sch) => start.Started(sch.Target!);

    /// <inheritdoc/>
    public void Collected(Ptr<Subchannel> sch) => start.Ended(sch.Target!);

    /// <inheritdoc/>
    public void FsmEvent(Ptr<CcwDevice> cdev) => fsm.Event(cdev.Target!);

    /// <inheritdoc/>
    public void EnterDriver(Ptr<CcwDevice> cdev, string callback)
    {
        driver.Enter(cdev.Target!, callback);
        if (callback == "remove") FakeIrbCheck.GivenUp(cdev.Target!);
    }

    /// <inheritdoc/>
    public void LeaveDriver(Ptr<CcwDevice> cdev, string callback)
    {
        driver.Leave(cdev.Target!, callback);
        if (callback == "remove") FakeIrbCheck.GivenUp(cdev.Target!);
    }

    /// <inheritdoc/>
    public void Releasing(Ptr<CcwDevice> cdev) => release.Releasing(cdev.Target!);

    /// <inheritdoc/>
    public void Releasing(Ptr<Subchannel> sch) => release.Releasing(sch.Target!);

    /// <inheritdoc/>
    public void FakeAccepted(Ptr<CcwDevice> cdev) => FakeIrbCheck.Accepted(cdev.Target!);

    /// <inheritdoc/>
    public void FakeDelivered(Ptr<CcwDevice> cdev) => fake.Delivered(cdev.Target!);

    /// <inheritdoc/>
    public IoStart IoStarted(Ptr<VirtioCcwDevice> vcdev, uint flag) => io.Started(vcdev.Target!, flag);

    /// <inheritdoc/>
    public void IoBusy(Ptr<VirtioCcwDevice> vcdev)
    {
        if (vcdev.Target?.Cdev.Target is { } cdev) fsm.Busy(cdev);
    }

    /// <inheritdoc/>
    public void IoKilled(Ptr<VirtioCcwDevice> vcdev) => IoResultCheck.Killed(vcdev.Target!);

    /// <inheritdoc/>
    public void IoReturns(Ptr<VirtioCcwDevice> vcdev, in IoStart start, int result) => io.Returns(vcdev.Target!, start, result);

    /// <inheritdoc/>
    public void Unregistering(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev) =>
        gone.Unregistering(cdev.Target!, vcdev.Target!, stack.Cio.ChannelPaths.HasVaried || WasPurged(cdev.Target!));

    private bool WasPurged(CcwDevice cdev) =>
        cdev.Parent.Target is Subchannel sch && cdev.Private.Target is { } own && stack.Cio.Blacklist.WasPurged(sch.Id, own.Devno);

    /// <inheritdoc/>
    public void ConfigNotRead(Ptr<VirtioCcwDevice> vcdev) => config.NotRead(vcdev.Target!);

    /// <inheritdoc/>
    public void ConfigChanged(Ptr<VirtioDevice> vdev)
    {
        callback.ConfigChanged(vdev.Target!);
        if (vdev.Target is VirtioCcwDevice vcdev) ConfigChangeCheck.Delivered(kernel, vcdev);
    }

    /// <inheritdoc/>
    public void Callback(Ptr<Virtqueue> vq) => callback.Callback(vq.Target!);

    /// <inheritdoc/>
    public void Interrupted(Ptr<Virtqueue> vq) => QueueInterruptCheck.Interrupted(kernel, vq.Target!);

    /// <inheritdoc/>
    public void RingBroken(Ptr<Virtqueue> vq, string why) => callback.RingBroken(why);

    /// <inheritdoc/>
    public void Writing(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data) => disks.Writing(disk.Target!, sector, data);

    /// <inheritdoc/>
    public void Written(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data, int error) =>
        disks.Written(disk.Target!, sector, data, error);

    /// <inheritdoc/>
    public void Reading(Ptr<Gendisk> disk, ulong sector, uint length) => disks.Reading(disk.Target!, sector, length);

    /// <inheritdoc/>
    public void ReadBack(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data) => disks.ReadBack(disk.Target!, sector, data);
}
