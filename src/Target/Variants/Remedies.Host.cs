namespace CcwFuzz.Target.Variants;

/// <content>Remedies of the host: what QEMU should do.</content>
public static partial class Remedies
{
    private static Switch[] Host => [];
}
