namespace CcwFuzz.Target.Hypervisor;

/// <summary>Types of devices that the host can plug. The numbers are those in the bytes of campaigns: they never change.</summary>
/// <remarks>What each of them is stands in the catalogue of devices.</remarks>
public enum DeviceType
{
    /// <summary>Entropy source.</summary>
    Rng,
    /// <summary>Disk.</summary>
    Blk,
    /// <summary>SCSI host adapter.</summary>
    Scsi,
    /// <summary>Network interface.</summary>
    Net,
    /// <summary>Serial adapter.</summary>
    Serial,
    /// <summary>Balloon.</summary>
    Balloon,
    /// <summary>Crypto device.</summary>
    Crypto,
    /// <summary>Keyboard.</summary>
    Input,
}
