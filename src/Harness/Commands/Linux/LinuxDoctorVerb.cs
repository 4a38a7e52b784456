using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine.Guests;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>linux doctor: says what is missing and how to get it.</summary>
internal sealed class LinuxDoctorVerb : Verb
{
    private readonly Option<string> qemu = MachineOptions.NewQemu();

    /// <inheritdoc/>
    protected override Command Describe() => new("doctor", "Says what is there, what is missing and how to get it.") { qemu };

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        LoadSettings(parsed); // a mistake in fuzz.yml is something that is missing, too
        var all = LinuxDoctor.Examine(
            GuestFiles.FindQemu(GuestFiles.Cache, parsed.GetValue(qemu) ?? VmSettings.UsualQemu), GuestFiles.Cache);
        var ready = all.All(r => r.IsThere);
        if (parsed.GetValue(Json))
        {
            context.Results.WriteLine(JsonOutput.Line(new JsonObject
            {
                ["ready"] = ready,
                ["requirements"] = new JsonArray([.. all.Select(r => (JsonNode)new JsonObject
                {
                    ["name"] = r.Name,
                    ["there"] = r.IsThere,
                    ["detail"] = r.Detail,
                })]),
            }));
        }
        else
        {
            foreach (var r in all) context.Results.WriteLine($"{(r.IsThere ? "ok     " : "missing")} {r.Name,-9} {r.Detail}");
        }
        return ready ? ExitCode.Clean : ExitCode.Usage;
    }
}
