using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Scsi;

/// <content>Commands and task management.</content>
public sealed partial class HostScsi
{
    private const int CommandHeaderSize = 19;
    private const int CommandResponseSize = 12;
    private const int MaxCdbSize = 256;
    private const byte CheckCondition = 2;

    private enum Response : byte
    {
        Ok = 0,
        Overrun = 1,
        BadTarget = 3,
        Failure = 9,
        FunctionRejected = 11,
        IncorrectLun = 12,
    }

    /// <summary>The places of a request's parts in its buffer (virtio_scsi_parse_req).</summary>
    private readonly record struct Layout(ulong DataOut, ulong DataIn, ulong OutSize, ulong InSize)
    {
        public ulong Size => OutSize + InSize;

        public ScsiTransfer Transfer => OutSize > 0 ? ScsiTransfer.ToDevice : InSize > 0 ? ScsiTransfer.FromDevice : ScsiTransfer.None;
    }

    /// <summary>Models virtio_scsi_handle_cmd_vq(): takes the commands off a queue, and performs them.</summary>
    private void HandleCommandQueue(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_scsi_handle_cmd_vq");
        var suppress = queue.Notification;
        var good = true;
        do
        {
            if (suppress) queue.SetNotification(false);
            while (queue.Pop() is { } buffer) good = HandleCommand(queue, buffer);
            if (suppress) queue.SetNotification(true);
        }
        while (good && !queue.IsEmpty);
    }

    /// <summary>Models virtio_scsi_handle_cmd_req_prepare().</summary>
    /// <returns>False if the request has no proper headers; the device is broken then.</returns>
    private bool HandleCommand(HostVirtqueue queue, VirtqueueElement buffer)
    {
        using var _ = World.Enter("virtio_scsi_handle_cmd_req_prepare");
        Span<byte> header = stackalloc byte[CommandHeaderSize + MaxCdbSize];
        header = header[..(CommandHeaderSize + (int)cdbSize)];
        if (buffer.Read(0, header) < header.Length || buffer.WritableSize < CommandResponseSize + senseSize)
        {
            BadRequest(queue);
            return false;
        }
        var layout = Parse(buffer, (uint)header.Length, CommandResponseSize + senseSize);
        if (layout is { OutSize: > 0, InSize: > 0 })
        {
            CompleteCommand(queue, buffer, in layout, Response.Failure);
            return true;
        }
        if (!IsTargetPresent(header))
        {
            CompleteCommand(queue, buffer, in layout, Response.BadTarget);
            return true;
        }
        Perform(queue, buffer, in layout, LunOf(header), header[CommandHeaderSize..]);
        return true;
    }

    private void Perform(HostVirtqueue queue, VirtqueueElement buffer, in Layout layout, int lun, ReadOnlySpan<byte> cdb)
    {
        if (cdb.Length < 16 || !HostScsiCommand.TryParse(cdb, out var command))
        {
            CompleteCommand(queue, buffer, in layout, Response.Ok, ScsiSense.InvalidOpcode);
            return;
        }
        World.Features.Hit(0x22, command.Opcode, (uint)lun);
        if (command.Transfer != ScsiTransfer.None && (command.Transfer != layout.Transfer || command.Size > layout.Size))
        {
            CompleteCommand(queue, buffer, in layout, Response.Overrun);
            return;
        }
        var moved = data.AsSpan(0, (int)Math.Min(command.Size, (uint)data.Length));
        if (command.Transfer == ScsiTransfer.ToDevice) buffer.Read(layout.DataOut, moved);
        Disk.Result = Result;
        var sense = Disk.Execute(in command, cdb, lun, moved, out var residual);
        if (!sense.Exists && command.Transfer == ScsiTransfer.FromDevice)
            buffer.Write(layout.DataIn, moved[..(moved.Length - (int)residual)]);
        CompleteCommand(queue, buffer, in layout, Response.Ok, sense, residual);
    }

    /// <summary>Models virtio_scsi_complete_cmd_req(): writes the response of a command and gives its buffer back.</summary>
    private void CompleteCommand(
        HostVirtqueue queue, VirtqueueElement buffer, in Layout layout, Response response, ScsiSense sense = default, uint residual = 0)
    {
        using var _ = World.Enter("virtio_scsi_complete_cmd_req");
        Span<byte> reply = stackalloc byte[CommandResponseSize + ScsiSense.Length];
        reply.Clear();
        var senseLength = sense.Exists ? (int)Math.Min(ScsiSense.Length, senseSize) : 0;
        this.Put32(reply, (uint)senseLength);
        this.Put32(reply[4..], sense.Exists ? 0 : residual);
        reply[10] = sense.Exists ? CheckCondition : (byte)0;
        reply[11] = (byte)response;
        if (sense.Exists) sense.Store(reply[CommandResponseSize..]);
        buffer.Write(0, reply[..(CommandResponseSize + senseLength)]);
        queue.Push(buffer, (uint)(layout.Size + CommandResponseSize + senseSize));
        queue.NotifyGuest();
    }

    /// <summary>Models virtio_scsi_handle_ctrl_vq(): serves the control queue.</summary>
    private void HandleControlQueue(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_scsi_handle_ctrl_vq");
        while (queue.Pop() is { } buffer) HandleControl(queue, buffer);
    }

    /// <summary>Models virtio_scsi_handle_ctrl_req(): performs a request of the control queue.</summary>
    private void HandleControl(HostVirtqueue queue, VirtqueueElement buffer)
    {
        using var _ = World.Enter("virtio_scsi_handle_ctrl_req");
        const int TypeSize = 4;
        const int TaskManagementSize = 24;
        const int NotificationSize = 16;
        const uint TaskManagement = 0;
        const uint NotificationSubscribe = 2;
        Span<byte> request = stackalloc byte[TaskManagementSize];
        if (buffer.Read(0, request[..TypeSize]) < TypeSize)
        {
            BadRequest(queue);
            return;
        }
        var type = this.Get32(request);
        if (type > NotificationSubscribe)
        {
            queue.Push(buffer, 0);
            queue.NotifyGuest();
            return;
        }
        request = request[..(type == TaskManagement ? TaskManagementSize : NotificationSize)];
        Span<byte> reply = stackalloc byte[type == TaskManagement ? 1 : 5];
        if (buffer.Read(0, request) < request.Length || buffer.WritableSize < (ulong)reply.Length)
        {
            BadRequest(queue);
            return;
        }
        var layout = Parse(buffer, (uint)request.Length, (uint)reply.Length);
        reply.Clear();
        if (type == TaskManagement) reply[0] = (byte)ManageTasks(this.Get32(request[4..]), request[8..]);
        buffer.Write(0, reply);
        queue.Push(buffer, (uint)(layout.Size + (ulong)reply.Length));
        queue.NotifyGuest();
    }

    /// <summary>Models virtio_scsi_do_tmf(): task management; no task is ever in progress when it is called.</summary>
    private Response ManageTasks(uint function, ReadOnlySpan<byte> lun)
    {
        using var _ = World.Enter("virtio_scsi_do_tmf");
        const uint ClearAca = 2;
        const uint NexusReset = 4;
        const uint LunReset = 5;
        const uint QueryTaskSet = 7;
        if (function is ClearAca or > QueryTaskSet) return Response.FunctionRejected;
        if (function == NexusReset)
        {
            if (hasLun && lun[1] == 0) Disk.Reset();
            return Response.Ok;
        }
        if (!IsTargetPresent(lun)) return Response.BadTarget;
        if (LunOf(lun) != 0) return Response.IncorrectLun;
        if (function == LunReset) Disk.Reset();
        return Response.Ok;
    }

    private static int LunOf(ReadOnlySpan<byte> lun) => ((lun[2] << 8) | lun[3]) & 0x3fff;

    /// <summary>Whether an address leads to target 0 (virtio_scsi_device_get).</summary>
    private bool IsTargetPresent(ReadOnlySpan<byte> lun) =>
        hasLun && lun[0] == 1 && lun[1] == 0 && (lun[2] == 0 || (lun[2] >= 0x40 && lun[2] < 0x80));

    private Layout Parse(VirtqueueElement buffer, uint requestSize, uint responseSize)
    {
        // Unless any layout was negotiated, the headers are the first segments, whole.
        ulong request = requestSize, response = responseSize;
        if (!HasFeature(VirtioFeature.AnyLayout))
        {
            if (buffer.Readable.Count > 0) request = buffer.Readable[0].Length;
            if (buffer.Writable.Count > 0) response = buffer.Writable[0].Length;
        }
        return new Layout(request, response, buffer.ReadableSize - request, buffer.WritableSize - response);
    }
}
