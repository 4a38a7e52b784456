using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>A SCSI command with its request (struct scsi_cmnd, include/scsi/scsi_cmnd.h).</summary>
public sealed class ScsiCommand : Request
{
    /// <inheritdoc/>
    public override string TypeName => "struct scsi_cmnd";

    /// <summary>The device.</summary>
    public Ptr<ScsiDevice> Device { get; internal set; }

    /// <summary>The command descriptor block.</summary>
    internal byte[] Cdb { get; } = new byte[ScsiConstants.MaxCdb];

    /// <summary>Status byte, and host byte at bit 16.</summary>
    internal int Result { get; set; }

    /// <summary>Bytes that were not transferred.</summary>
    internal uint Residual { get; set; }

    /// <summary>Bytes of <see cref="Sense"/>; 0 for none.</summary>
    internal int SenseLength { get; set; }

    /// <summary>Sense data.</summary>
    internal byte[] Sense { get; } = new byte[ScsiConstants.SenseSize];

    /// <summary>A command of the midlayer or of sd itself, not of a bio (blk_rq_is_passthrough).</summary>
    internal bool IsPassthrough { get; set; }

    /// <summary>It is set up; a retry must not do it again (RQF_DONTPREP).</summary>
    internal bool IsPrepared { get; set; }

    /// <summary>The driver reported its end (SCMD_STATE_COMPLETE).</summary>
    internal bool IsComplete { get; set; }

    /// <summary>The host has it (SCMD_STATE_INFLIGHT).</summary>
    internal bool IsInFlight { get; set; }

    /// <summary>How often it may be started again (allowed).</summary>
    internal int Allowed { get; set; }

    /// <summary>How often it was (retries).</summary>
    internal int Retries { get; set; }

    /// <summary>When it was set up, in milliseconds (jiffies_at_alloc).</summary>
    internal long AllocatedAtTime { get; set; }

    /// <summary>Milliseconds that one attempt may take.</summary>
    internal long Timeout { get; set; }

    /// <inheritdoc/>
    internal override void Renew()
    {
        base.Renew();
        (IsPassthrough, IsPrepared, IsComplete) = (false, false, false);
        (Result, Residual, SenseLength, Retries) = (0, 0, 0, 0);
    }

    /// <summary>Whether there is sense data (scsi_sense_valid).</summary>
    internal bool HasSense => SenseLength > 0 && (Sense[0] & 0x70) == 0x70;

    /// <summary>Sense key.</summary>
    internal byte SenseKey => (byte)((Sense[0] >= 0x72 ? Sense[1] : Sense[2]) & 0xf);

    /// <summary>Additional sense code.</summary>
    internal byte SenseCode => Sense[0] >= 0x72 ? Sense[2] : Sense[12];

    /// <summary>Additional sense code qualifier.</summary>
    internal byte SenseQualifier => Sense[0] >= 0x72 ? Sense[3] : Sense[13];
}

/// <summary>How a command of the midlayer ended (what scsi_execute returns and fills in).</summary>
/// <param name="Result">0, the command's result, or a negative errno if it was never started.</param>
/// <param name="Residual">Bytes that were not transferred.</param>
/// <param name="SenseKey">Sense key, or -1 without sense data.</param>
/// <param name="SenseCode">Additional sense code.</param>
internal readonly record struct ScsiOutcome(int Result, uint Residual, int SenseKey, int SenseCode)
{
    internal bool IsUnitAttention => Result > 0 && SenseKey == ScsiConstants.UnitAttention;
}
