using System.Buffers.Binary;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Crypto;

/// <content>Requests on the data queue.</content>
public sealed partial class HostCrypto
{
    /// <summary>Models virtio_crypto_handle_dataq_bh(): a bottom half looks at the queue.</summary>
    private void HandleDataKick(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_crypto_handle_dataq_bh");
        queue.SetNotification(false);
        if (Result != BackEndResult.Ok)
        {
            // The campaign says what comes of the requests that are there now.
            DataBottomHalf(queue);
            return;
        }
        if (bottomHalfScheduled) return;
        bottomHalfScheduled = true;
        World.Scheduler.Spawn(ContextKind.Host, ContextName, bottomHalf);
    }

    private SimTask RunBottomHalf()
    {
        bottomHalfScheduled = false;
        if (!IsStalled && Queue(DataQueue) is { } queue) DataBottomHalf(queue);
        return SimTask.Done;
    }

    /// <summary>Models virtio_crypto_dataq_bh().</summary>
    private void DataBottomHalf(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_crypto_dataq_bh");
        if ((Status & VirtioStatus.DriverOk) == 0) return;
        while (true)
        {
            HandleData(queue);
            queue.SetNotification(true);
            if (queue.IsEmpty) return;
            queue.SetNotification(false);
        }
    }

    /// <summary>Models virtio_crypto_handle_dataq().</summary>
    private void HandleData(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_crypto_handle_dataq");
        while (queue.Pop() is { } buffer)
            if (!HandleRequest(queue, buffer)) return;
    }

    /// <summary>Models virtio_crypto_handle_request().</summary>
    /// <returns>False if it is no request; the device is broken then.</returns>
    private bool HandleRequest(HostVirtqueue queue, VirtqueueElement buffer)
    {
        using var _ = World.Enter("virtio_crypto_handle_request");
        if (buffer.Readable.Count < 1 || buffer.Writable.Count < 1) return Refused(queue, "virtio-crypto dataq missing headers");
        Span<byte> request = stackalloc byte[CryptoNumbers.DataSize];
        if (buffer.Read(0, request) != request.Length) return Refused(queue, "virtio-crypto request outhdr too short");
        var opcode = BinaryPrimitives.ReadUInt32LittleEndian(request);
        var isCipher = opcode is CryptoNumbers.CipherEncrypt or CryptoNumbers.CipherDecrypt
            && BinaryPrimitives.ReadUInt32LittleEndian(request[64..]) == CryptoNumbers.SymOpCipher;
        if (!isCipher)
        {
            CompleteRequest(queue, buffer, CryptoNumbers.NotSupported, []);
            return true;
        }
        var ivLength = BinaryPrimitives.ReadUInt32LittleEndian(request[24..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(request[28..]);
        if (length != BinaryPrimitives.ReadUInt32LittleEndian(request[32..]))
            return Refused(queue, "sym request src len is different from dst len");
        // More than there is cannot be read: QEMU allocates first, and then says the same.
        if (ivLength > buffer.ReadableSize) return Refused(queue, "virtio-crypto iv incorrect");
        if (length > buffer.ReadableSize) return Refused(queue, "virtio-crypto source data incorrect");
        var iv = new byte[ivLength];
        var data = new byte[length];
        if (buffer.Read(CryptoNumbers.DataSize, iv) != iv.Length) return Refused(queue, "virtio-crypto iv incorrect");
        if (buffer.Read(CryptoNumbers.DataSize + ivLength, data) != data.Length)
            return Refused(queue, "virtio-crypto source data incorrect");
        var isKnown = backend.TryCrypt(BinaryPrimitives.ReadUInt64LittleEndian(request[8..]), iv, data);
        var status = !isKnown ? CryptoNumbers.InvalidSession : Result == BackEndResult.Ok ? CryptoNumbers.Ok : CryptoNumbers.Error;
        CompleteRequest(queue, buffer, status, data);
        return true;
    }

    /// <summary>Models virtio_crypto_req_complete(): the status is the last byte of the buffer.</summary>
    private void CompleteRequest(HostVirtqueue queue, VirtqueueElement buffer, byte status, ReadOnlySpan<byte> data)
    {
        using var _ = World.Enter("virtio_crypto_req_complete");
        var room = buffer.WritableSize - 1;
        if (status == CryptoNumbers.Ok)
        {
            buffer.Write(0, data[..(int)Math.Min(room, (ulong)data.Length)]);
            if (room < (ulong)data.Length) Error("virtio-crypto dest data incorrect");
        }
        buffer.Write(room, [status]);
        queue.Push(buffer, (uint)buffer.WritableSize);
        queue.NotifyGuest();
    }

    private bool Refused(HostVirtqueue queue, string complaint)
    {
        Refuse(queue, complaint);
        return false;
    }
}
