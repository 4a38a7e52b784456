using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>A buffer for bytes from or to the host (struct port_buffer, drivers/char/virtio_console.c).</summary>
public sealed class PortBuffer : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct port_buffer";

    /// <summary>Guest address of the bytes, an allocation of their own (buf).</summary>
    internal uint Buf { get; set; }

    /// <summary>Room in them.</summary>
    internal uint Size { get; init; }

    /// <summary>Bytes that are used (len).</summary>
    internal uint Length { get; set; }

    /// <summary>The first byte that nobody consumed yet.</summary>
    internal uint Offset { get; set; }
}
