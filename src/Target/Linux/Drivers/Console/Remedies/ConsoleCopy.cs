using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Remedy ConsoleCopy: console output stays in the queue until the host has read it, and nobody waits for that.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>Sends a copy of console output, which goes with the queue if the host does not read it.</summary>
    private async SimTask<int> SendCopy(Ptr<Port> port, Ptr<CopiedBytes> copy, int count)
    {
        var bytes = new Scatterlist(copy.Read().Bytes, (uint)count);
        var result = await SendToPort(port, bytes, copy.As<HeapObject>(), nonblock: true);
        if (result <= 0) FreeBytes(copy);
        return result;
    }
}
