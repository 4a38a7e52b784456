using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Random;

/// <content>/dev/hwrng. An open file pins nothing: each read takes the generator that is current then.</content>
public sealed partial class HwRandom
{
    /// <summary>Opens /dev/hwrng (rng_dev_open).</summary>
    internal OpenFile OpenDevice() => new RngFile(this);

    /// <summary>Models rng_dev_read() of a blocking reader.</summary>
    private async SimTask<int> ReadDevice(byte[] target, int size)
    {
        using var frame = kernel.Enter("rng_dev_read");
        var done = 0;
        while (done < size)
        {
            var rng = Current();
            if (rng.IsNull) return done > 0 ? done : -Errno.ENODEV;
            await readingMutex.Lock();
            if (dataAvailable == 0)
            {
                var result = await rng.Read().Read(readBuffer, BufferSize, wait: true);
                if (result < 0)
                {
                    readingMutex.Unlock();
                    Put(rng);
                    return done > 0 ? done : result;
                }
                dataAvailable = result;
            }
            var count = Math.Min(dataAvailable, size - done);
            dataAvailable -= count;
            readBuffer.AsSpan(dataAvailable, count).CopyTo(target.AsSpan(done));
            readingMutex.Unlock();
            await kernel.Point;
            Put(rng);
            done += count;
        }
        return done;
    }

    private sealed class RngFile(HwRandom random) : OpenFile
    {
        public override string Name => "/dev/hwrng";

        public override SimTask<int> Read(ulong sector, byte[] buffer, int length) => random.ReadDevice(buffer, length);

        public override SimTask<int> Write(ulong sector, byte[] data, int length) => -Errno.EINVAL;

        public override SimTask Close() => SimTask.Done;
    }
}
