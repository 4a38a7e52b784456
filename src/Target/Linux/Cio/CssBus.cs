using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>The bus of subchannels, with the io_subchannel driver as its only driver (css.c).</summary>
internal sealed class CssBus : BusType
{
    private readonly CioSubsystem cio;

    public CssBus(CioSubsystem cio) : base("css")
    {
        this.cio = cio;
        Drivers.Add(new DeviceDriver("io_subchannel"));
    }

    /// <inheritdoc/>
    public override bool Match(Ptr<Device> device, DeviceDriver driver) => true;

    /// <summary>Models css_probe().</summary>
    public override async SimTask<int> Probe(Ptr<Device> device)
    {
        using var frame = cio.Kernel.Enter("css_probe");
        var sch = device.As<Subchannel>();
        sch.Write().HasDriver = true;
        return await cio.IoSubchannels.Probe(sch);
    }

    /// <summary>Models css_remove().</summary>
    public override async SimTask Remove(Ptr<Device> device)
    {
        using var frame = cio.Kernel.Enter("css_remove");
        var sch = device.As<Subchannel>();
        await cio.IoSubchannels.Remove(sch);
        sch.Write().HasDriver = false;
    }

    /// <summary>Models css_shutdown() with io_subchannel_shutdown().</summary>
    public override async SimTask Shutdown(Ptr<Device> device)
    {
        using var frame = cio.Kernel.Enter("css_shutdown");
        var sch = device.As<Subchannel>();
        if (sch.Read().HasDriver) await cio.IoSubchannels.Quiesce(sch);
    }
}

/// <summary>The bus of ccw devices (device.c).</summary>
internal sealed class CcwBus(CioSubsystem cio) : BusType("ccw")
{
    /// <summary>Models ccw_bus_match() within its caller.</summary>
    public override bool Match(Ptr<Device> device, DeviceDriver driver) =>
        driver is CcwDriver ccw && device.As<CcwDevice>().Read().CuType == ccw.CuType;

    /// <summary>Models ccw_device_probe().</summary>
    public override async SimTask<int> Probe(Ptr<Device> device)
    {
        using var frame = cio.Kernel.Enter("ccw_device_probe");
        var cdev = device.As<CcwDevice>();
        var driver = (CcwDriver)device.Read().Driver!;
        cdev.Write().Drv = driver;
        cio.Watch?.EnterDriver(cdev, "probe");
        var result = await driver.Probe(cdev);
        cio.Watch?.LeaveDriver(cdev, "probe");
        if (result != 0) cdev.Write().Drv = null;
        return result;
    }

    /// <summary>Models ccw_device_remove().</summary>
    public override async SimTask Remove(Ptr<Device> device)
    {
        using var frame = cio.Kernel.Enter("ccw_device_remove");
        var cdev = device.As<CcwDevice>();
        if (cdev.Read().Drv is not { } driver) throw new NullPointerException("ccw_driver");
        if (cio.Kernel.Variant.Has(Remedies.TellQuiesced)) await TellQuiesced.QuiesceDead(cio, cdev);
        cio.Watch?.EnterDriver(cdev, "remove");
        await driver.Remove(cdev);
        cio.Watch?.LeaveDriver(cdev, "remove");
        await cio.LockCcw(cdev);
        if (cdev.Read().Online)
        {
            cdev.Write().Online = false;
            var result = await cio.Fsm.Offline(cdev);
            await cio.UnlockCcw(cdev);
            if (result == 0) await cio.Devices.WaitFinal(cdev, orDisconnected: false);
            await cio.Online.PutOnline(cdev);
            await cio.LockCcw(cdev);
        }
        if (!cio.Kernel.Variant.Has(Remedies.StopTimer) || !StopTimer.IsAwaited(cdev)) cio.Fsm.SetTimeout(cdev, 0);
        cdev.Write().Drv = null;
        if (cio.Kernel.Variant.Has(Remedies.ForgetVerify)) ForgetVerify.Forget(cdev);
        await cio.Devices.QuiesceUnlocked(cdev, cdev.Read().Sch);
    }
}
