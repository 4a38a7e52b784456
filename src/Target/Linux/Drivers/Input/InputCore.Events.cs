using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <content>Events on their way from the driver to processes, and lights from processes to the driver.</content>
public sealed partial class InputCore
{
    /// <summary>Where an event goes (INPUT_PASS_TO_HANDLERS and its kin).</summary>
    [Flags]
    private enum Disposition
    {
        Ignore = 0,
        Handlers = 1,
        Device = 2,
        Flush = 8,
    }

    /// <summary>Models input_event(): the driver has an event.</summary>
    internal async SimTask Event(Ptr<InputDev> dev, ushort type, ushort code, int value)
    {
        using var frame = kernel.Enter("input_event");
        if (!dev.Read().Has(type)) return;
        await dev.Read().EventLock.LockIrqSave();
        await HandleEvent(dev, type, code, value);
        await dev.Read().EventLock.UnlockIrqRestore();
    }

    /// <summary>Models input_inject_event(): a process has an event.</summary>
    internal async SimTask InjectEvent(Ptr<Evdev> handle, ushort type, ushort code, int value)
    {
        using var frame = kernel.Enter("input_inject_event");
        var dev = handle.Read().Dev;
        if (!dev.Read().Has(type)) return;
        await dev.Read().EventLock.LockIrqSave();
        await HandleEvent(dev, type, code, value);
        await dev.Read().EventLock.UnlockIrqRestore();
    }

    /// <summary>Models input_handle_event(), event_lock held.</summary>
    private async SimTask HandleEvent(Ptr<InputDev> dev, ushort type, ushort code, int value)
    {
        using var frame = kernel.Enter("input_handle_event");
        var disposition = GetDisposition(dev, type, code, value);
        if (disposition != Disposition.Ignore) await Dispose(dev, disposition, new InputValue(type, code, value));
    }

    /// <summary>Models input_get_disposition() for the events that a keyboard has.</summary>
    private Disposition GetDisposition(Ptr<InputDev> dev, ushort type, ushort code, int value)
    {
        using var frame = kernel.Enter("input_get_disposition");
        switch (type)
        {
            case EventType.Syn when code == 0:
                return Disposition.Handlers | Disposition.Flush;
            case EventType.Key when IsSet(dev.Read().KeyBit, code):
                if (value == 2) return Disposition.Handlers; // repeated
                return Change(dev.Write().KeysDown, code, value != 0) ? Disposition.Handlers : Disposition.Ignore;
            case EventType.Led when IsSet(dev.Read().LedBit, code):
                return Change(dev.Write().LedsOn, code, value != 0) ? Disposition.Handlers | Disposition.Device : Disposition.Ignore;
            default:
                return Disposition.Ignore;
        }
    }

    /// <summary>Models input_event_dispose(): handlers get whole reports.</summary>
    private async SimTask Dispose(Ptr<InputDev> dev, Disposition disposition, InputValue value)
    {
        using var frame = kernel.Enter("input_event_dispose");
        if ((disposition & Disposition.Device) != 0 && dev.Read().Event is { } tell) await tell(dev, value.Type, value.Code, value.Value);
        var vals = dev.Read().Vals;
        if (vals.IsNull) return;
        if ((disposition & Disposition.Handlers) != 0) vals.Write().Values.Add(value);
        if ((disposition & Disposition.Flush) != 0)
        {
            if (vals.Read().Values.Count >= 2) await PassValues(dev, vals.Read().Values);
            vals.Write().Values.Clear();
        }
        else if (vals.Read().Values.Count >= vals.Read().Room - 2)
        {
            vals.Write().Values.Add(new InputValue(EventType.Syn, 0, 1));
            await PassValues(dev, vals.Read().Values);
            vals.Write().Values.Clear();
        }
    }

    /// <summary>Models input_pass_values(): to all handles that are open; a key that is held is going to be repeated.</summary>
    private async SimTask PassValues(Ptr<InputDev> dev, List<InputValue> values)
    {
        using var frame = kernel.Enter("input_pass_values");
        foreach (var handle in dev.Read().Handles.ToArray()) // an RCU read section: those that are taken off meanwhile get it, too
            if (handle.Read().HandleOpen != 0) await evdev.Events(handle, values);
        if (!dev.Read().Has(EventType.Rep) || !dev.Read().Has(EventType.Key)) return;
        foreach (var value in values)
        {
            if (value.Type != EventType.Key || value.Value == 2) continue;
            if (value.Value != 0) StartAutorepeat(dev, value.Code);
            else dev.Read().Timer!.Stop();
        }
    }

    /// <summary>Models input_start_autorepeat().</summary>
    private void StartAutorepeat(Ptr<InputDev> dev, ushort code)
    {
        using var frame = kernel.Enter("input_start_autorepeat");
        if (dev.Read().RepeatDelay == 0) return;
        dev.Write().RepeatKey = code;
        dev.Read().Timer!.Start(dev.Read().RepeatDelay);
    }

    /// <summary>Models input_repeat_key(), the timer: as long as the key is not released.</summary>
    private async SimTask RepeatKey(Ptr<InputDev> dev)
    {
        using var frame = kernel.Enter("input_repeat_key");
        await dev.Read().EventLock.LockIrqSave();
        var code = dev.Read().RepeatKey;
        if (IsSet(dev.Read().KeysDown, code) && IsSet(dev.Read().KeyBit, code))
        {
            await HandleEvent(dev, EventType.Key, code, 2);
            await HandleEvent(dev, EventType.Syn, 0, 1);
            dev.Read().Timer!.Start(dev.Read().RepeatPeriod);
        }
        await dev.Read().EventLock.UnlockIrqRestore();
    }

    /// <summary>Models input_dev_release_keys(), event_lock held.</summary>
    /// <returns>Whether a key was pressed.</returns>
    private async SimTask<bool> ReleaseKeys(Ptr<InputDev> dev)
    {
        using var frame = kernel.Enter("input_dev_release_keys");
        var any = false;
        for (var code = 0; code < dev.Read().KeysDown.Length * 8; code++)
        {
            if (!IsSet(dev.Read().KeysDown, code)) continue;
            await HandleEvent(dev, EventType.Key, (ushort)code, 0);
            any = true;
        }
        return any;
    }

    private static bool IsSet(byte[] bits, int bit) => bit / 8 < bits.Length && (bits[bit / 8] >> (bit % 8) & 1) != 0;

    /// <summary>Sets a bit.</summary>
    /// <returns>False if it was so already.</returns>
    private static bool Change(byte[] bits, int bit, bool value)
    {
        if (IsSet(bits, bit) == value) return false;
        bits[bit / 8] ^= (byte)(1 << (bit % 8));
        return true;
    }
}
