using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Remedy CryptoUsers: a crypto device is used by nobody when its driver is unbound, and freed by its last user.</summary>
internal static class CryptoUsers
{
    /// <summary>Nobody finds the device any more; waits for those who use it, and keeps it until it is put.</summary>
    public static async SimTask Retire(VirtioCryptoManager manager, Ptr<VirtioCrypto> vcrypto)
    {
        await manager.TableLock.Lock();
        vcrypto.Write().RefCount++;
        vcrypto.Write().IsRetired = true;
        vcrypto.Write().Status = 0;
        manager.TableLock.Unlock();
        await vcrypto.Read().Users.WaitForNone();
    }

    /// <summary>Does something with queues and engine, which stay meanwhile if the remedy is on.</summary>
    /// <returns>What it returned, or -ENODEV.</returns>
    public static async SimTask<int> WhileBound(GuestKernel kernel, Ptr<VirtioCrypto> vcrypto, Func<SimTask<int>> use)
    {
        if (!kernel.Variant.Has(Remedies.CryptoUsers)) return await use();
        if (vcrypto.Read().IsRetired) return -Errno.ENODEV;
        vcrypto.Read().Users.Begin();
        var result = await use();
        vcrypto.Read().Users.End();
        return result;
    }
}
