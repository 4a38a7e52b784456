namespace CcwFuzz.Target.Variants;

/// <content>Remedies of virtio drivers.</content>
public static partial class Remedies
{
    private static Switch[] Drivers => [];
}
