using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Devices;
using CcwFuzz.Target.Hypervisor;

namespace CcwFuzz.Machine.Play;

/// <summary>The devices of a machine, plugged and unplugged over QEMU's monitor.</summary>
/// <param name="vm">The machine.</param>
/// <param name="disksGrow">Whether disks can change their size. Other disks answer late, so that requests are in flight.</param>
public sealed class HostDevices(Vm vm, bool disksGrow) : IDisposable
{
    private const long DiskSize = 16 << 20;
    private const long Megabyte = 1 << 20;
    private const int RequestNanoseconds = 1_000_000; // so that requests are in flight when something else happens
    private const long GrowBy = 512 << 10;
    private readonly Dictionary<string, SerialPeer> peers = new(StringComparer.Ordinal);
    private readonly Plugged?[] slots = new Plugged?[Operation.Slots];
    private readonly ushort[] devnos = [.. Enumerable.Range(0, Operation.Slots).Select(Operation.UsualDevno)];
    private readonly Queue<(string Command, string Argument, string Value)> leftovers = new();
    private int last;
    private bool linkUp = true;
    private long grown;

    /// <summary>How many devices were plugged.</summary>
    public int Plugs { get; private set; }

    /// <summary>Bus ids of the devices that are there.</summary>
    public IEnumerable<string> BusIds => slots.OfType<Plugged>().Select(p => p.BusId);

    /// <summary>Bus id of the device that is in a slot, or was last.</summary>
    public string BusId(int slot) => string.Create(CultureInfo.InvariantCulture, $"0.0.{devnos[slot]:x4}");

    /// <summary>Does an operation of the host. One that does not fit what is in the slot does nothing, as in the model.</summary>
    /// <returns>What QEMU said against it; null if nothing.</returns>
    public async Task<string?> Do(Operation operation, CancellationToken stop)
    {
        var device = slots[operation.Slot];
        try
        {
            switch (operation.Opcode)
            {
                case Opcode.Plug when device is null:
                    await Plug(operation, stop).ConfigureAwait(false);
                    break;
                case Opcode.Unplug when device is not null:
                    await Unplug(operation.Slot, stop).ConfigureAwait(false);
                    break;
                case Opcode.ConfigChange when device is { Type: DeviceType.Net }:
                    linkUp = !linkUp;
                    await Execute("set_link", stop, ("name", device.Id), ("up", linkUp)).ConfigureAwait(false);
                    break;
                case Opcode.ConfigChange when device is { Type: DeviceType.Balloon }:
                    await SetBalloon(operation.Pages * 4096L, stop).ConfigureAwait(false);
                    break;
                case Opcode.ConfigChange when disksGrow && device is { Type: DeviceType.Blk or DeviceType.Scsi }:
                    grown = GrowBy - grown;
                    await Execute("block_resize", stop, ("node-name", $"{device.Id}b"), ("size", DiskSize + grown)).ConfigureAwait(false);
                    break;
                case Opcode.Port when device is { Type: DeviceType.Serial }:
                    await Port(device, operation, stop).ConfigureAwait(false);
                    break;
                case Opcode.Plug or Opcode.Unplug or Opcode.ConfigChange or Opcode.Port:
                    break; // the slot is taken, or has no device that this concerns
                default:
                    throw new InvalidOperationException($"'{operation.Opcode}' is no operation of the host");
            }
            return null;
        }
        catch (MachineException e) when (e.Fault == MachineFault.Refused)
        {
            return e.Message;
        }
    }

    /// <summary>Deflates the balloon: unplugging an inflated one hangs Linux, which would be blamed on the campaign.</summary>
    public async Task Deflate(CancellationToken stop)
    {
        if (!slots.Any(s => s is { Type: DeviceType.Balloon })) return;
        try
        {
            await SetBalloon(0, stop).ConfigureAwait(false);
        }
        catch (MachineException e) when (e.Fault == MachineFault.Refused)
        {
            // A balloon that has no driver.
        }
    }

    /// <summary>Unplugs everything.</summary>
    public async Task UnplugAll(CancellationToken stop)
    {
        for (var slot = 0; slot < slots.Length; slot++)
            if (slots[slot] is not null) await Unplug(slot, stop).ConfigureAwait(false);
    }

    /// <summary>Removes back ends whose devices are gone; what QEMU still uses stays for the next time.</summary>
    public async Task RemoveBackEnds(CancellationToken stop)
    {
        for (var i = leftovers.Count; i > 0; i--)
        {
            var entry = leftovers.Dequeue();
            try
            {
                await Execute(entry.Command, stop, (entry.Argument, entry.Value)).ConfigureAwait(false);
            }
            catch (MachineException e) when (e.Fault == MachineFault.Refused)
            {
                leftovers.Enqueue(entry);
            }
        }
    }

    /// <summary>Whether all back ends of devices that are gone are removed: a snapshot loads only then.</summary>
    public bool IsBare => leftovers.Count == 0;

    private async Task Plug(Operation operation, CancellationToken stop)
    {
        var slot = operation.Slot;
        devnos[slot] = operation.Devno;
        var id = string.Create(CultureInfo.InvariantCulture, $"d{++last}");
        var device = new Plugged(id, operation.Type, BusId(slot));
        var devno = string.Create(CultureInfo.InvariantCulture, $"fe.0.{devnos[slot]:x4}");
        var entry = DeviceCatalogue.Of(operation.Type);
        var driver = entry.QemuName;
        switch (entry.BackEnd)
        {
            case RealBackEnd.Drive:
                await AddDisk(id, stop).ConfigureAwait(false);
                await Add(stop, ("driver", driver), ("devno", devno), ("id", id), ("drive", $"{id}b")).ConfigureAwait(false);
                break;
            case RealBackEnd.ScsiDisk:
                await AddDisk(id, stop).ConfigureAwait(false);
                await Add(stop, ("driver", driver), ("devno", devno), ("id", id)).ConfigureAwait(false);
                slots[slot] = device;
                await Add(stop, ("driver", "scsi-hd"), ("bus", $"{id}.0"), ("id", $"{id}d"), ("drive", $"{id}b")).ConfigureAwait(false);
                break;
            case RealBackEnd.Network:
                await Execute("netdev_add", stop, ("type", "hubport"), ("hubid", last), ("id", $"{id}n")).ConfigureAwait(false);
                leftovers.Enqueue(("netdev_del", "id", $"{id}n"));
                await Add(stop, ("driver", driver), ("devno", devno), ("id", id), ("netdev", $"{id}n")).ConfigureAwait(false);
                break;
            case RealBackEnd.Crypto:
                await Execute("object-add", stop, ("qom-type", "cryptodev-backend-builtin"), ("id", $"{id}o")).ConfigureAwait(false);
                leftovers.Enqueue(("object-del", "id", $"{id}o"));
                await Add(stop, ("driver", driver), ("devno", devno), ("id", id), ("cryptodev", $"{id}o")).ConfigureAwait(false);
                break;
            case RealBackEnd.None:
                await Add(stop, ("driver", driver), ("devno", devno), ("id", id)).ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException($"nothing says what QEMU needs for a device of type '{entry.Name}'");
        }
        slots[slot] = device;
        Plugs++;
    }

    /// <summary>Ends the peers of serial ports.</summary>
    public void Dispose()
    {
        foreach (var peer in peers.Values) peer.Dispose();
    }

    private async Task AddDisk(string id, CancellationToken stop)
    {
        if (disksGrow)
        {
            var path = Path.Combine(vm.Folder, $"{id}.img");
            using (var file = File.Create(path)) file.SetLength(DiskSize);
            var storage = new JsonObject { ["driver"] = "file", ["filename"] = path };
            await Execute("blockdev-add", stop, ("driver", "raw"), ("node-name", $"{id}b"), ("file", storage)).ConfigureAwait(false);
            File.Delete(path); // QEMU has it open
            leftovers.Enqueue(("blockdev-del", "node-name", $"{id}b"));
            return;
        }
        await Execute("blockdev-add", stop, ("driver", "null-co"), ("node-name", $"{id}b"), ("size", DiskSize), ("read-zeroes", true),
            ("latency-ns", RequestNanoseconds)).ConfigureAwait(false);
        leftovers.Enqueue(("blockdev-del", "node-name", $"{id}b"));
    }

    private async Task Unplug(int slot, CancellationToken stop)
    {
        var device = slots[slot]!;
        slots[slot] = null;
        // The adapter takes its disk along, but the guest then hears of the disk first; QEMU itself does it in this order.
        await Execute("device_del", stop, ("id", device.Id)).ConfigureAwait(false);
    }

    private Task Port(Plugged device, Operation operation, CancellationToken stop)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{device.Id}p{operation.Port}");
        switch (operation.PortAction)
        {
            case SerialPortAction.Add:
                return AddPort(device, operation.Port, id, stop);
            case SerialPortAction.Remove:
                return Execute("device_del", stop, ("id", id));
            case SerialPortAction.Connect:
                return peers.GetValueOrDefault(id)?.Connect(vm.Settings.AnswerTime, stop) ?? Task.CompletedTask;
            case SerialPortAction.Disconnect:
                peers.GetValueOrDefault(id)?.Dispose();
                break;
            case SerialPortAction.Send:
                peers.GetValueOrDefault(id)?.Send();
                break;
            default:
                throw new InvalidOperationException($"nothing says what becomes of '{operation.PortAction}' at a port");
        }
        return Task.CompletedTask;
    }

    private async Task AddPort(Plugged device, int number, string id, CancellationToken stop)
    {
        var path = Path.Combine(vm.Folder, id);
        await Execute("chardev-add", stop, ("id", $"{id}c"), ("backend", new JsonObject
        {
            ["type"] = "socket",
            ["data"] = new JsonObject
            {
                ["addr"] = new JsonObject { ["type"] = "unix", ["data"] = new JsonObject { ["path"] = path } },
                ["server"] = true,
                ["wait"] = false,
            },
        })).ConfigureAwait(false);
        leftovers.Enqueue(("chardev-remove", "id", $"{id}c"));
        peers[id] = new SerialPeer(path);
        await peers[id].Connect(vm.Settings.AnswerTime, stop).ConfigureAwait(false); // a port comes with its peer
        await Add(stop, ("driver", number == 0 ? "virtconsole" : "virtserialport"), ("bus", $"{device.Id}.0"),
            ("nr", number), ("id", id), ("chardev", $"{id}c")).ConfigureAwait(false);
    }

    private Task<JsonNode?> SetBalloon(long taken, CancellationToken stop) =>
        Execute("balloon", stop, ("value", (vm.Settings.Memory * Megabyte) - taken));

    private Task<JsonNode?> Add(CancellationToken stop, params (string Name, JsonNode? Value)[] arguments) =>
        Execute("device_add", stop, arguments);

    private Task<JsonNode?> Execute(string command, CancellationToken stop, params (string Name, JsonNode? Value)[] arguments) =>
        vm.Execute(command, new JsonObject(arguments.Select(a => KeyValuePair.Create(a.Name, a.Value))), stop);

    private sealed record Plugged(string Id, DeviceType Type, string BusId);
}
