using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CcwFuzz.Target.Tests.Campaigns;

/// <summary>The binary form: total, local, canonical.</summary>
public class CampaignBytesTests
{
    private static readonly Arbitrary<byte[]> Bytes = Gen.Choose(0, 80)
        .SelectMany(records => Gen.Choose(0, 7).SelectMany(tail =>
            Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf((records * RecordCodec.Stride) + tail)))
        .ToArbitrary();

    [Fact]
    public void Every_byte_string_is_a_campaign_within_bounds() => Check(Prop.ForAll(Bytes, bytes =>
    {
        var campaign = Campaign.Decode(bytes);
        return campaign.Operations.Count <= Campaign.MaxOperations && campaign.Records <= bytes.Length / RecordCodec.Stride
            && campaign.Operations.All(o => o == OperationCatalogue.Normalize(o))
            && campaign.Deviations.All(d => d.Operation < campaign.Operations.Count && d.Choice is >= 1 and <= 255)
            && campaign.Faults.All(f => f.Operation < campaign.Operations.Count && f.Allocation >= 1);
    }));

    [Fact]
    public void Encoding_is_canonical() => Check(Prop.ForAll(Bytes, bytes =>
    {
        var campaign = Campaign.Decode(bytes);
        var canonical = campaign.Encode();
        var again = Campaign.Decode(canonical);
        return again.Equals(campaign) && again.Encode().SequenceEqual(canonical);
    }));

    [Fact]
    public void Decoding_into_a_used_campaign_leaves_nothing_behind() => Check(Prop.ForAll(Bytes, Bytes, (first, second) =>
        Campaign.Decode(second, Campaign.Decode(first)).Equals(Campaign.Decode(second))));

    /// <summary>One changed byte changes the meaning of at most one record, and of no other record in any way.</summary>
    [Fact]
    public void One_changed_byte_changes_at_most_one_record() => Check(Prop.ForAll(Bytes, Changes(), (bytes, change) =>
    {
        var before = Records(bytes);
        var after = Records(Changed(bytes, change));
        return before.Count == after.Count && before.Zip(after).Count(p => p.First != p.Second) <= 1;
    }));

    /// <summary>
    /// With its attached records, an operation that keeps being one is changed alone. A record that turns from an operation
    /// into an attachment takes its operation out, or puts it in, at one place; all others are as before.
    /// </summary>
    [Fact]
    public void One_changed_byte_changes_at_most_one_operation() => Check(Prop.ForAll(Bytes, Changes(), (bytes, change) =>
    {
        if (bytes.Length == 0) return true;
        var before = Groups(Campaign.Decode(bytes));
        var after = Groups(Campaign.Decode(Changed(bytes, change)));
        var same = before.Zip(after).TakeWhile(p => p.First == p.Second).Count();
        var sameEnd = before.AsEnumerable().Reverse().Zip(after.AsEnumerable().Reverse()).TakeWhile(p => p.First == p.Second).Count();
        // At the limit, one may enter or leave at the end.
        if (before.Count == Campaign.MaxOperations || after.Count == Campaign.MaxOperations) return true;
        // Between the equal ends: nothing, one operation changed, or one split in two (joined from two).
        var left = Math.Max(before.Count, after.Count) - same - sameEnd;
        var right = Math.Min(before.Count, after.Count) - same - sameEnd;
        return (left <= 1 && right <= 1) || (left == 2 && right == 1);
    }));

    [Fact]
    public void A_moved_block_of_records_keeps_its_meaning() => Check(Prop.ForAll(Bytes, bytes =>
    {
        var whole = bytes[..(bytes.Length / RecordCodec.Stride * RecordCodec.Stride)];
        var half = whole.Length / RecordCodec.Stride / 2 * RecordCodec.Stride;
        var swapped = whole[half..].Concat(whole[..half]).ToArray();
        var records = Records(whole);
        return Records(swapped).SequenceEqual(records.Skip(half / RecordCodec.Stride).Concat(records.Take(half / RecordCodec.Stride)));
    }));

    [Fact]
    public void All_first_bytes_mean_something_and_three_quarters_are_operations()
    {
        var kinds = Enumerable.Range(0, 256).Select(b => RecordCodec.KindOf((byte)b)).ToList();
        Assert.Equal(192, kinds.Count(k => k == RecordKind.Operation));
        Assert.Contains(RecordKind.Fault, kinds);
        Assert.Contains(RecordKind.Deviation, kinds);
        var opcodes = Enumerable.Range(0, 192).Select(b => Campaign.Decode([(byte)b, 0, 0, 0, 0, 0, 0, 0]).Operations[0].Opcode);
        Assert.Equal(Enum.GetValues<Opcode>().ToHashSet(), opcodes.ToHashSet());
    }

    [Fact]
    public void Opcode_table_is_in_the_order_of_the_opcodes()
    {
        Assert.Equal(Enum.GetValues<Opcode>(), OperationCatalogue.All.Select(o => o.Opcode));
        Assert.Equal(OperationCatalogue.Count, OperationCatalogue.All.Select(o => o.Name).Distinct().Count());
    }

    [Fact]
    public void What_belongs_to_no_operation_is_dropped()
    {
        var campaign = Campaign.Decode([192, 0, 0, 5, 0, 0, 0, 0, 240, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 35, 192, 1, 0, 17]);
        Assert.Equal([new Operation(Opcode.Unplug, 2, Run: 35)], campaign.Operations);
        Assert.Empty(campaign.Faults);
        Assert.Empty(campaign.Deviations);
    }

    [Fact]
    public void Operations_beyond_the_limit_are_ignored_with_what_follows()
    {
        var bytes = new byte[70 * RecordCodec.Stride];
        bytes[^RecordCodec.Stride] = 192;
        var campaign = Campaign.Decode(bytes);
        Assert.Equal(Campaign.MaxOperations, campaign.Operations.Count);
        Assert.Empty(campaign.Deviations);
    }

    [Fact]
    public void Decoding_in_the_loop_allocates_nothing()
    {
        var bytes = new byte[Campaign.MaxBytes];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i * 7);
        var reuse = Campaign.Decode(bytes);
        Campaign.Decode(bytes, reuse);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Campaign.Decode(bytes, reuse);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Deviations_that_do_not_fit_are_refused_as_a_whole()
    {
        var campaign = new Campaign([new Operation(Opcode.Plug)], deviations: [new Deviation(0, 3, 1)]);
        Assert.False(campaign.TrySetDeviations([new Deviation(1, 0, 1)]));
        Assert.False(campaign.TrySetDeviations([new Deviation(0, 70_000, 1)]));
        Assert.False(campaign.TrySetDeviations([new Deviation(0, 0, 256)]));
        Assert.False(campaign.TrySetDeviations([.. Enumerable.Range(0, Campaign.MaxRecords).Select(i => new Deviation(0, i, 1))]));
        Assert.Equal([new Deviation(0, 3, 1)], campaign.Deviations);
        Assert.True(campaign.TrySetDeviations([new Deviation(0, 4, 2)]));
        Assert.Equal([new Deviation(0, 4, 2)], campaign.Deviations);
    }

    private static void Check(Property property) => property.QuickCheckThrowOnFailure();

    private static Arbitrary<(int Position, byte Value)> Changes() =>
        Gen.Choose(0, 1000).SelectMany(p => Gen.Choose(0, 255).Select(v => (p, (byte)v))).ToArbitrary();

    private static byte[] Changed(byte[] bytes, (int Position, byte Value) change)
    {
        var changed = (byte[])bytes.Clone();
        if (changed.Length > 0) changed[change.Position % changed.Length] = change.Value;
        return changed;
    }

    /// <summary>Each record as if it stood alone after an operation.</summary>
    private static List<string> Records(byte[] bytes)
    {
        var records = new List<string>();
        for (var i = 0; i + RecordCodec.Stride <= bytes.Length; i += RecordCodec.Stride)
        {
            var record = bytes.AsSpan(i, RecordCodec.Stride);
            records.Add(RecordCodec.KindOf(record[0]) switch
            {
                RecordKind.Operation => CampaignText.Write(RecordCodec.DecodeOperation(record)),
                RecordKind.Fault => CampaignText.Write(RecordCodec.DecodeFault(record, 0)),
                _ => CampaignText.Write(RecordCodec.DecodeDeviation(record, 0)),
            });
        }
        return records;
    }

    /// <summary>Each operation with what is attached to it.</summary>
    private static List<string> Groups(Campaign campaign) => [.. campaign.Operations.Select((operation, i) =>
        string.Join(";", campaign.Faults.Where(f => f.Operation == i).Select(f => CampaignText.Write(f))
            .Concat(campaign.Deviations.Where(d => d.Operation == i).Select(d => CampaignText.Write(d)))
            .Prepend(CampaignText.Write(operation))))];
}
