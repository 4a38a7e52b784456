using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Scsi.VirtioScsiAbi;
using Sc = CcwFuzz.Target.Linux.Drivers.Scsi.ScsiConstants;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <content>Commands and task management functions.</content>
public sealed partial class VirtioScsiDriver
{
    /// <summary>Models virtscsi_queuecommand(): on a broken queue the command ends at once, as if the target were gone.</summary>
    public async SimTask<bool> QueueCommand(Ptr<ScsiHost> host, Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("virtscsi_queuecommand");
        var vscsi = Private(host);
        var queue = vscsi.Read().Requests[0];
        WriteRequest(vscsi, command.Read());
        await queue.Lock.LockIrqSave();
        var error = AddCommand(queue.Vq, command);
        var kick = error == 0 && virtio.Ring.KickPrepare(queue.Vq);
        await queue.Lock.UnlockIrqRestore();
        if (kick) virtio.Ring.Notify(queue.Vq);
        if (error == 0) return true;
        if (error != -Errno.EIO) return false;
        kernel.Memory.Write8(command.Read().Pdu + Abi.ResponseOffset + 11, Abi.ResponseBadTarget);
        await queue.Lock.LockIrqSave();
        var first = CompleteCommand(vscsi, command);
        await queue.Lock.UnlockIrqRestore();
        if (first) await blkMq.Complete(command.As<Request>());
        return true;
    }

    /// <summary>Models virtscsi_device_reset() with virtscsi_tmf(): waits for the answer without a limit.</summary>
    public async SimTask<bool> ResetDevice(Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("virtscsi_device_reset");
        var device = command.Read().Device;
        var vscsi = Private(device.Read().Host);
        var done = new Completion(kernel.World, "for a SCSI task management function");
        var function = kernel.Allocate(new VirtioScsiFunction(done));
        if (function.IsNull) return false;
        var memory = kernel.Memory.Allocate(VirtioScsiFunction.Size, "struct virtio_scsi_cmd (tmf)", GuestMemory.Granule);
        function.Write().Memory = memory;
        var little = vscsi.Read().Vdev.Read().IsLittleEndian;
        ByteOrder.Write32(kernel.Memory, memory, Abi.TypeTmf, little);
        ByteOrder.Write32(kernel.Memory, memory + 4, Abi.LogicalUnitReset, little);
        WriteUnit(memory + 8, device.Read());
        var succeeded = false;
        if (await AddFunction(vscsi, function))
        {
            await done.Wait();
            succeeded = kernel.Memory.Read8(memory + VirtioScsiFunction.RequestSize) is Abi.ResponseOk or Abi.FunctionSucceeded;
            for (var i = 0; i < vscsi.Read().Requests.Length; i++) await DrainRequests(vscsi, vscsi.Read().Requests[i]);
        }
        kernel.Memory.Free(memory);
        kernel.Heap.Free(function);
        return succeeded;
    }

    /// <summary>Models virtscsi_req_done(): called from the interrupt handler.</summary>
    private async SimTask RequestDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtscsi_req_done");
        var vscsi = Private(vq.Read().Vdev.Read().Private.As<ScsiHost>());
        await DrainRequests(vscsi, vscsi.Read().Requests[vq.Read().Index - Abi.QueueBase]);
    }

    /// <summary>Models virtscsi_ctrl_done(): called from the interrupt handler.</summary>
    private async SimTask ControlDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtscsi_ctrl_done");
        var queue = Private(vq.Read().Vdev.Read().Private.As<ScsiHost>()).Read().Control;
        await queue.Lock.LockIrqSave();
        do
        {
            virtio.Ring.DisableCb(queue.Vq);
            for (var data = Next(); !data.IsNull; data = Next()) data.As<VirtioScsiFunction>().Read().Done.Complete();
            if (virtio.Ring.IsBroken(queue.Vq)) break;
        }
        while (!virtio.Ring.EnableCb(queue.Vq));
        await queue.Lock.UnlockIrqRestore();

        Ptr<HeapObject> Next() => virtio.Ring.GetBuf(queue.Vq, out _);
    }

    /// <summary>Models virtscsi_vq_done() of a request queue; the commands end when the lock is free again.</summary>
    private async SimTask DrainRequests(Ptr<VirtioScsi> vscsi, VirtioScsiVq queue)
    {
        using var frame = kernel.Enter("virtscsi_vq_done");
        List<Ptr<ScsiCommand>>? completed = null;
        await queue.Lock.LockIrqSave();
        do
        {
            virtio.Ring.DisableCb(queue.Vq);
            for (var data = Next(); !data.IsNull; data = Next())
            {
                // What came back from a device that is gone has no response.
                if (virtio.Ring.IsLost(queue.Vq))
                    kernel.Memory.Write8(data.As<ScsiCommand>().Read().Pdu + Abi.ResponseOffset + 11, Abi.ResponseBadTarget);
                if (CompleteCommand(vscsi, data.As<ScsiCommand>())) (completed ??= []).Add(data.As<ScsiCommand>());
            }
            if (virtio.Ring.IsBroken(queue.Vq)) break;
        }
        while (!virtio.Ring.EnableCb(queue.Vq));
        await queue.Lock.UnlockIrqRestore();
        if (completed is null) return;
        foreach (var command in completed) await blkMq.Complete(command.As<Request>());

        Ptr<HeapObject> Next() => virtio.Ring.GetBuf(queue.Vq, out _);
    }

    /// <summary>Models virtscsi_complete_cmd() up to scsi_done().</summary>
    /// <returns>Whether the command ends by this.</returns>
    private bool CompleteCommand(Ptr<VirtioScsi> vscsi, Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("virtscsi_complete_cmd");
        var little = vscsi.Read().Vdev.Read().IsLittleEndian;
        var target = command.Write();
        var response = target.Pdu + Abi.ResponseOffset;
        var code = kernel.Memory.Read8(response + 11);
        target.Result = kernel.Memory.Read8(response + 10) | (HostByte(code) << 16);
        target.Residual = Math.Min(ByteOrder.Read32(kernel.Memory, response + 4, little), target.Length);
        target.SenseLength = (int)Math.Min(ByteOrder.Read32(kernel.Memory, response, little), Abi.SenseSize);
        kernel.Memory.Guest(response + 12, (uint)target.SenseLength).CopyTo(target.Sense);
        return ScsiMidlayer.Done(command);
    }

    private static int HostByte(byte response) => response switch
    {
        Abi.ResponseOk => Sc.DidOk,
        Abi.ResponseAborted => Sc.DidAbort,
        Abi.ResponseBadTarget or Abi.ResponseTargetFailure => Sc.DidBadTarget,
        Abi.ResponseReset => Sc.DidReset,
        Abi.ResponseBusy => Sc.DidBusBusy,
        Abi.ResponseTransportFailure => Sc.DidTransportDisrupted,
        _ => Sc.DidError,
    };

    /// <summary>Models virtio_scsi_init_hdr() within its caller, on memory that the midlayer cleared.</summary>
    private void WriteRequest(Ptr<VirtioScsi> vscsi, ScsiCommand command)
    {
        var memory = kernel.Memory.Guest(command.Pdu, Abi.CommandSize);
        memory.Clear();
        WriteUnit(command.Pdu, command.Device.Read());
        ByteOrder.Write64(kernel.Memory, command.Pdu + 8, command.Address, vscsi.Read().Vdev.Read().IsLittleEndian);
        var size = Sc.CommandSize(command.Cdb[0]);
        command.Cdb.AsSpan(0, size).CopyTo(memory[19..]);
    }

    private void WriteUnit(uint address, ScsiDevice device)
    {
        var unit = kernel.Memory.Guest(address, 8);
        unit[0] = 1;
        unit[1] = (byte)device.Id;
        unit[2] = (byte)((device.Lun >> 8) | 0x40);
        unit[3] = (byte)device.Lun;
    }

    /// <summary>Models virtscsi_add_cmd() with __virtscsi_add_cmd(): header, data out, response, data in.</summary>
    private int AddCommand(Ptr<Virtqueue> vq, Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("virtscsi_add_cmd");
        var target = command.Read();
        var request = new Scatterlist(target.Pdu, Abi.RequestSize);
        var response = new Scatterlist(target.Pdu + Abi.ResponseOffset, Abi.ResponseSize);
        var data = new Scatterlist(target.Data, target.Length);
        var token = command.As<HeapObject>();
        if (target.Length == 0) return virtio.Ring.AddSgs(vq, [request], [response], token);
        return target.Op == RequestOp.Write
            ? virtio.Ring.AddSgs(vq, [request, data], [response], token)
            : virtio.Ring.AddSgs(vq, [request], [response, data], token);
    }

    private async SimTask<bool> AddFunction(Ptr<VirtioScsi> vscsi, Ptr<VirtioScsiFunction> function)
    {
        using var frame = kernel.Enter("virtscsi_tmf");
        var queue = vscsi.Read().Control;
        var memory = function.Read().Memory;
        await queue.Lock.LockIrqSave();
        var error = virtio.Ring.AddSgs(
            queue.Vq,
            [new Scatterlist(memory, VirtioScsiFunction.RequestSize)],
            [new Scatterlist(memory + VirtioScsiFunction.RequestSize, 1)],
            function.As<HeapObject>());
        var kick = error == 0 && virtio.Ring.KickPrepare(queue.Vq);
        await queue.Lock.UnlockIrqRestore();
        if (kick) virtio.Ring.Notify(queue.Vq);
        return error == 0;
    }
}
