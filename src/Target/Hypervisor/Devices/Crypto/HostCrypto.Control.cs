using System.Buffers.Binary;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Crypto;

/// <content>Sessions.</content>
public sealed partial class HostCrypto
{
    /// <summary>Models virtio_crypto_handle_ctrl().</summary>
    private void HandleControl(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_crypto_handle_ctrl");
        Span<byte> request = stackalloc byte[CryptoNumbers.ControlSize];
        while (queue.Pop() is { } buffer)
        {
            if (buffer.Readable.Count < 1 || buffer.Writable.Count < 1)
            {
                Refuse(queue, "virtio-crypto ctrl missing headers");
                return;
            }
            if (buffer.Read(0, request) != request.Length)
            {
                Refuse(queue, "virtio-crypto request ctrl_hdr too short");
                return;
            }
            var opcode = BinaryPrimitives.ReadUInt32LittleEndian(request);
            World.Features.Hit(0x21, DeviceId, opcode);
            switch (opcode)
            {
                case CryptoNumbers.CipherCreateSession:
                    CreateSession(queue, buffer, request);
                    break;
                case CryptoNumbers.CipherDestroySession or CryptoNumbers.HashDestroySession or CryptoNumbers.MacDestroySession
                    or CryptoNumbers.AeadDestroySession or CryptoNumbers.AkcipherDestroySession:
                    CloseSession(queue, buffer, request);
                    break;
                default:
                    var status = opcode == CryptoNumbers.AkcipherCreateSession ? CryptoNumbers.Error : CryptoNumbers.NotSupported;
                    AnswerCreation(queue, buffer, status, id: 0);
                    break;
            }
        }
    }

    /// <summary>Models virtio_crypto_create_sym_session().</summary>
    private void CreateSession(HostVirtqueue queue, VirtqueueElement buffer, ReadOnlySpan<byte> request)
    {
        using var _ = World.Enter("virtio_crypto_create_sym_session");
        if (BinaryPrimitives.ReadUInt32LittleEndian(request[64..]) != CryptoNumbers.SymOpCipher)
        {
            AnswerCreation(queue, buffer, CryptoNumbers.NotSupported, id: 0);
            return;
        }
        var algorithm = BinaryPrimitives.ReadUInt32LittleEndian(request[16..]);
        var keyLength = BinaryPrimitives.ReadUInt32LittleEndian(request[20..]);
        var direction = BinaryPrimitives.ReadUInt32LittleEndian(request[24..]);
        if (keyLength > CryptoNumbers.MaxCipherKey)
        {
            AnswerCreation(queue, buffer, CryptoNumbers.Error, id: 0);
            return;
        }
        var key = new byte[keyLength];
        if (buffer.Read(CryptoNumbers.ControlSize, key) != key.Length)
        {
            Refuse(queue, "virtio-crypto cipher key incorrect");
            return;
        }
        var id = backend.Create(algorithm, direction, key);
        AnswerCreation(queue, buffer, id < 0 ? CryptoNumbers.Error : CryptoNumbers.Ok, (ulong)Math.Max(id, 0));
    }

    /// <summary>Models virtio_crypto_create_session_completion().</summary>
    private void AnswerCreation(HostVirtqueue queue, VirtqueueElement buffer, byte status, ulong id)
    {
        using var _ = World.Enter("virtio_crypto_create_session_completion");
        Span<byte> input = stackalloc byte[CryptoNumbers.InputSize];
        input.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(input, id);
        BinaryPrimitives.WriteUInt32LittleEndian(input[8..], status);
        Answer(queue, buffer, input, "virtio-crypto input incorrect");
    }

    /// <summary>Models virtio_crypto_handle_close_session() with virtio_crypto_destroy_session_completion().</summary>
    private void CloseSession(HostVirtqueue queue, VirtqueueElement buffer, ReadOnlySpan<byte> request)
    {
        using var _ = World.Enter("virtio_crypto_handle_close_session");
        var closed = backend.Close(BinaryPrimitives.ReadUInt64LittleEndian(request[16..]));
        Answer(queue, buffer, [closed ? CryptoNumbers.Ok : CryptoNumbers.Error], "virtio-crypto status incorrect");
    }

    private void Answer(HostVirtqueue queue, VirtqueueElement buffer, ReadOnlySpan<byte> answer, string complaint)
    {
        if (buffer.Write(0, answer) != answer.Length)
        {
            Refuse(queue, complaint);
            return;
        }
        queue.Push(buffer, (uint)answer.Length);
        queue.NotifyGuest();
    }

    /// <summary>A request that is none: only a reset helps the device.</summary>
    private void Refuse(HostVirtqueue queue, string complaint)
    {
        Error(complaint);
        queue.Detach();
    }
}
