namespace CcwFuzz.Target.Hypervisor;

/// <summary>What happens to a port of a serial adapter.</summary>
public enum SerialPortAction
{
    /// <summary>It is plugged, with a peer behind its character device (device_add virtserialport, or virtconsole).</summary>
    Add,
    /// <summary>It is unplugged (device_del).</summary>
    Remove,
    /// <summary>The peer connects to its character device.</summary>
    Connect,
    /// <summary>The peer goes away.</summary>
    Disconnect,
    /// <summary>The peer sends some bytes.</summary>
    Send,
}
