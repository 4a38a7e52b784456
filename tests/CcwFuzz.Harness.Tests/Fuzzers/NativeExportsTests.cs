using System.Runtime.InteropServices;
using CcwFuzz.Harness.Engine.Afl;
using CcwFuzz.Harness.Engine.Native;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Fuzzers;

/// <summary>What native fuzzers call, called as they call it.</summary>
public sealed unsafe class NativeExportsTests
{
    private static readonly byte[] Input = CampaignParser.Parse(Cli.SeedScenario).Encode();

    [Fact]
    public void A_mutator_makes_other_campaigns_the_same_ones_from_the_same_seed()
    {
        static List<byte[]> Inputs(uint seed)
        {
            delegate* unmanaged<uint, nint> init = &MutatorExports.Init;
            delegate* unmanaged<nint, byte*, nuint, byte*, nuint, byte**, nuint, nuint> fuzz = &MutatorExports.Fuzz;
            delegate* unmanaged<nint, void> deinit = &MutatorExports.Deinit;
            var handle = init(seed);
            var made = new List<byte[]>();
            fixed (byte* input = Input)
            {
                byte* output;
                for (var i = 0; i < 100; i++)
                {
                    var partner = i % 2 == 0 ? input : null;
                    var size = fuzz(handle, input, (nuint)Input.Length, partner, partner is null ? 0u : 16u, &output, 1 << 20);
                    made.Add(new ReadOnlySpan<byte>(output, (int)size).ToArray());
                }
            }
            deinit(handle);
            return made;
        }

        var one = Inputs(1);
        Assert.Equal(one, Inputs(1));
        Assert.NotEqual(one, Inputs(2));
        Assert.All(one, i => Assert.True(i.Length > 0 && i.Length % RecordCodec.Stride == 0));
        Assert.True(one.Count(i => !i.AsSpan().SequenceEqual(Input)) > 50);
    }

    [Fact]
    public void A_mutator_keeps_to_the_room_there_is_and_needs_no_input()
    {
        var mutator = new NativeMutator(1);
        for (var i = 0; i < 200; i++)
        {
            var output = new byte[20];
            Assert.InRange(mutator.Mutate(Input, [], output), RecordCodec.Stride, 16);
        }
        Assert.True(mutator.Mutate([], [], new byte[Campaign.MaxBytes]) > 0);
        Assert.True(mutator.Mutate([1, 2, 3], [], new byte[Campaign.MaxBytes]) > 0);
        Assert.Equal(0, mutator.Mutate(Input, [], new byte[7]));
    }

    [Theory]
    [InlineData("unpinned", 1)]
    [InlineData("mainline", 0)]
    public void The_target_of_libfuzzer_takes_its_variant_from_the_configuration(string variant, int expected)
    {
        delegate* unmanaged<byte*, nuint, int> init = &LibFuzzerExports.Init;
        delegate* unmanaged<byte*, nuint, int> run = &LibFuzzerExports.Run;
        var size = new CounterMap(new FuzzTarget(VariantCatalogue.Resolve(variant))).Size;
        var counters = (byte*)NativeMemory.AllocZeroed((nuint)size);
        Environment.SetEnvironmentVariable("CCWFUZZ_VARIANT", variant);
        try
        {
            Assert.Equal(2, init(counters, 64));
            Assert.Equal(0, init(counters, (nuint)size));
            fixed (byte* input = Input)
            {
                Assert.Equal(expected, run(input, (nuint)Input.Length));
                using var folder = new TemporaryFolder();
                Environment.SetEnvironmentVariable(LibFuzzerExports.ReportOnceVariable, folder["known"]);
                Assert.Equal(expected, run(input, (nuint)Input.Length));
                Assert.Equal(0, run(input, (nuint)Input.Length));
                Environment.SetEnvironmentVariable(LibFuzzerExports.ReportOnceVariable, null);
                Assert.Equal(expected, run(input, (nuint)Input.Length));
            }
            Assert.NotEqual(-1, new ReadOnlySpan<byte>(counters, size).IndexOfAnyExcept((byte)0));
            Environment.SetEnvironmentVariable("CCWFUZZ_VARIANT", "no such");
            Assert.Equal(2, init(counters, (nuint)size));
        }
        finally
        {
            Environment.SetEnvironmentVariable("CCWFUZZ_VARIANT", null);
            Environment.SetEnvironmentVariable(LibFuzzerExports.ReportOnceVariable, null);
            NativeMemory.Free(counters);
        }
    }

    [Fact]
    public void The_mutator_of_libfuzzer_depends_on_its_seed_alone()
    {
        static byte[] Mutate(uint seed)
        {
            delegate* unmanaged<byte*, nuint, byte*, nuint, byte*, nuint, uint, nuint> mutate = &LibFuzzerExports.Mutate;
            var buffer = new byte[Campaign.MaxBytes];
            Input.CopyTo(buffer, 0);
            fixed (byte* data = buffer) // the output is where the input is, as libFuzzer has it
                return buffer[..(int)mutate(data, (nuint)Input.Length, null, 0, data, (nuint)buffer.Length, seed)];
        }

        Assert.Equal(Mutate(7), Mutate(7));
        Assert.Contains(Enumerable.Range(0, 20), seed => !Mutate((uint)seed).AsSpan().SequenceEqual(Mutate(7)));
    }
}
