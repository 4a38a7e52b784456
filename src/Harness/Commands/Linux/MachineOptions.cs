using System.CommandLine;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>The options that say what the machines are made of and how long they work.</summary>
internal sealed class MachineOptions
{
    /// <summary>CPUs of a guest of which one is held.</summary>
    public const int CpusToHold = 2;

    private const int MostTimes = 10_000;
    private const int MostVms = 64;
    private readonly Option<string> initrd = new("--initrd") { HelpName = "FILE", Description = "initramfs with the agent" };
    private readonly Option<string> append = new("--append") { HelpName = "WORDS", Description = "added to the kernel's command line" };
    private readonly Option<int?> cpus = new("--cpus") { HelpName = "N", Description = "virtual CPUs of the guest (1; 2 if one is held)" };
    private readonly Option<int?> vms = new("--vms") { HelpName = "N", Description = "machines side by side (1)" };
    private readonly Option<int?> times;
    private readonly Option<double?> patience =
        new("--patience") { HelpName = "SECONDS", Description = "how long something must stay wrong to count (5)" };

    private readonly int usualTimes;

    /// <summary>The options of a verb.</summary>
    /// <param name="usualTimes">How often a campaign is played if nobody says so.</param>
    /// <param name="timesDescription">What is played that often.</param>
    public MachineOptions(int usualTimes, string timesDescription)
    {
        this.usualTimes = usualTimes;
        times = new("--times") { HelpName = "N", Description = $"{timesDescription} ({usualTimes})" };
    }

    /// <summary>Names the QEMU.</summary>
    public static Option<string> NewQemu() =>
        new("--qemu") { HelpName = "NAME", Description = $"QEMU of eng/install-guest, or a file, instead of {VmSettings.UsualQemu}" };

    /// <summary>Names the kernel.</summary>
    public static Option<string> NewKernel() =>
        new("--kernel") { HelpName = "NAME", Description = "kernel of eng/install-guest, or a file" };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[initrd, append, cpus, vms, times, patience]) command.Add(option);
    }

    /// <summary>The CPUs that were asked for, or null.</summary>
    public int? Cpus(ParseResult parsed) => parsed.GetValue(cpus);

    /// <summary>What a machine is made of that plays a campaign: one CPU, unless one of several is held.</summary>
    /// <param name="parsed">The options.</param>
    /// <param name="kernel">Name or file of the kernel; null for the usual one.</param>
    /// <param name="qemu">Name or file of QEMU; null for the usual one.</param>
    /// <param name="points">Where operations happen exactly.</param>
    public VmSettings Machine(ParseResult parsed, string? kernel, string? qemu, IReadOnlyList<ExactPoint>? points = null)
    {
        var usualCpus = points?.Any(p => p.Hold > 0) is true ? CpusToHold : 1;
        var wait = parsed.GetValue(patience) ?? 5;
        var guestCpus = parsed.GetValue(cpus) ?? usualCpus;
        if (wait is not (> 0 and <= 3600)) throw new UsageException("--patience: expected seconds above 0, at most 3600");
        if (guestCpus is < 1 or > 16) throw new UsageException("--cpus: expected a number from 1 to 16");
        return new VmSettings
        {
            Guest = GuestFiles.Find(GuestFiles.Cache, kernel, parsed.GetValue(initrd)),
            Qemu = GuestFiles.FindQemu(GuestFiles.Cache, qemu ?? VmSettings.UsualQemu),
            Append = parsed.GetValue(append) ?? "",
            Cpus = guestCpus,
            Patience = TimeSpan.FromSeconds(wait),
        };
    }

    /// <summary>Machines side by side.</summary>
    /// <exception cref="UsageException">There is no memory for them.</exception>
    public int Vms(ParseResult parsed)
    {
        var number = parsed.GetValue(vms) ?? 1;
        if (number is < 1 or > MostVms) throw new UsageException($"--vms: expected a number from 1 to {MostVms}");
        var room = LinuxDoctor.FreeMemory();
        return (long)number * VmSettings.Room <= room
            ? number
            : throw new UsageException($"--vms: {number} machines take {number * VmSettings.Room} MiB of memory, and {room} are free");
    }

    /// <summary>How often a campaign is played.</summary>
    public int Times(ParseResult parsed)
    {
        var number = parsed.GetValue(times) ?? usualTimes;
        return number is >= 1 and <= MostTimes
            ? number
            : throw new UsageException($"--times: expected a number from 1 to {MostTimes}");
    }
}
