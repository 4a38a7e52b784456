using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Remedy ReadLocked: fill_readbuf() copies the bytes of a buffer with its lock held.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>The bytes are copied under the lock of the buffer.</summary>
    private async SimTask<int> FillReadbufLocked(Ptr<Port> port, byte[] target, int count)
    {
        await port.Read().InbufLock.LockIrqSave();
        var buf = port.Read().Inbuf;
        count = buf.IsNull ? 0 : Math.Min(count, (int)(buf.Read().Length - buf.Read().Offset));
        if (!buf.IsNull)
        {
            kernel.Memory.Guest(buf.Read().Buf + buf.Read().Offset, (uint)count).CopyTo(target);
            buf.Write().Offset += (uint)count;
            if (buf.Read().Offset == buf.Read().Length)
            {
                port.Write().Inbuf = Ptr<PortBuffer>.Null;
                GiveBack(port, buf);
            }
        }
        await port.Read().InbufLock.UnlockIrqRestore();
        return count;
    }
}
