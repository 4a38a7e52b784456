using System.CommandLine;
using System.Globalization;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>A verb of linux that needs a machine.</summary>
internal abstract class MachineVerb : Verb
{
    /// <inheritdoc/>
    protected sealed override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        using var stop = new StopSignal();
        stop.ListenToSignals();
        try
        {
            return Run(parsed, context, settings, stop.Token).GetAwaiter().GetResult();
        }
        catch (MachineException e) when (e.Fault == MachineFault.NoFunction)
        {
            throw new UsageException($"--at: {e.Message}");
        }
        catch (MachineException e)
        {
            throw new UsageException($"{e.Message.ReplaceLineEndings(" ")}; 'linux doctor' says what is missing");
        }
        catch (OperationCanceledException) when (stop.IsRequested)
        {
            throw new UsageException("interrupted; every machine is stopped");
        }
    }

    /// <summary>Does it.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> Run(ParseResult parsed, CommandContext context, LoadedSettings settings, CancellationToken stop);

    /// <summary>Adds the folder of findings.</summary>
    protected void AddFindings(Command command) =>
        AddSetting(command, "--findings", "findings", "DIR", "findings of real guests are in its folder linux");

    /// <summary>The folder of the findings of real guests.</summary>
    protected static string FindingsFolder(LoadedSettings settings) => Path.Combine(settings.FindingsToWrite(), "linux");

    /// <summary>A number for people.</summary>
    protected static string Round(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
