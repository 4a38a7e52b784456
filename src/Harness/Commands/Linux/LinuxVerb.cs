namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>linux: campaigns on a real Linux guest.</summary>
internal sealed class LinuxVerb() : VerbGroup("linux", "Plays campaigns on a real Linux guest under QEMU.")
{
    /// <inheritdoc/>
    protected override IEnumerable<Verb> Verbs() =>
        [new LinuxDoctorVerb(), new LinuxFuzzVerb(), new LinuxReplayVerb(), new LinuxMatrixVerb()];
}
