namespace CcwFuzz.Target.Channel;

/// <summary>Who answers the virtio-ccw notification of diagnose 0x500.</summary>
public interface INotifyTarget
{
    /// <summary>The guest added buffers to a queue (virtio_queue_notify).</summary>
    /// <param name="subchannel">An existing, visible subchannel.</param>
    /// <param name="queue">Queue index, not checked yet.</param>
    /// <returns>0, or a negative errno.</returns>
    long Notify(HostSubchannel subchannel, uint queue);
}

/// <summary>The device behind a subchannel: the callbacks of SubchDev.</summary>
public interface ISubchannelDevice
{
    /// <summary>A command that the channel subsystem does not know (ccw_cb).</summary>
    /// <param name="subchannel">The subchannel; its data stream is set up for the command.</param>
    /// <param name="ccw">The command.</param>
    /// <returns>0, or a negative errno: -ENOSYS rejects the command, anything else is a program check.</returns>
    int InterpretCommand(HostSubchannel subchannel, in Ccw ccw);

    /// <summary>The program disabled the subchannel (disable_cb).</summary>
    void Disabled(HostSubchannel subchannel);
}
