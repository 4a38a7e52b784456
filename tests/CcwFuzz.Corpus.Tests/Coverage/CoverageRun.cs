using System.Globalization;
using CcwFuzz.Harness;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Testing;
using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Coverage;

/// <summary>Fuzzing in this process, so that a coverage collector sees it; eng/coverage runs it.</summary>
public sealed class CoverageRun
{
    /// <summary>Variable with the seconds to fuzz.</summary>
    public const string Seconds = "FUZZ_COVERAGE_SECONDS";

    [CoverageFact]
    [Trait("Category", "Coverage")]
    public void Fuzzing_of_every_variant()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable(Seconds)!, CultureInfo.InvariantCulture);
        var hosts = VariantCatalogue.Hosts.Where(h => h.IsAvailable);
        var plans = VariantCatalogue.Variants.SelectMany(v => hosts.Select(h => (v.Name, Host: h.Name))).ToList();
        foreach (var (variant, host) in plans)
        {
            using var folder = new TemporaryFolder();
            using var error = new StringWriter();
            var share = (seconds / plans.Count).ToString(CultureInfo.InvariantCulture);
            var exit = HarnessApp.Run(
                ["fuzz", "--variant", variant, "--host", host, "--seconds", share, "--findings", folder["findings"], "--json"],
                TextWriter.Null,
                error);
            Assert.True(exit is ExitCode.Clean or ExitCode.Violation, error.ToString());
        }
    }

    /// <summary>Runs only when it is asked for.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CoverageFactAttribute : FactAttribute
    {
        public CoverageFactAttribute()
        {
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Seconds)))
                Skip = $"fuzzes for as long as {Seconds} says; eng/coverage runs it";
        }
    }
}
