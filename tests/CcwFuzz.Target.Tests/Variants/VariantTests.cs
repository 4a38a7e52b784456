using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Target.Tests.Variants;

/// <summary>The catalogue of what can be run.</summary>
public class VariantTests
{
    [Theory]
    [InlineData("pre-dma", Lifetime.PreDma)]
    [InlineData("unpinned", Lifetime.Unpinned)]
    [InlineData("mainline", Lifetime.Mainline)]
    [InlineData("DRIVER-PIN", Lifetime.DriverPin)]
    public void Regimes_have_names(string name, Lifetime lifetime)
    {
        var variant = VariantCatalogue.Resolve(name);
        Assert.Equal(lifetime, variant.Lifetime);
        Assert.Equal(HostModel.Bql, variant.Host);
        Assert.Equal(name.ToLowerInvariant(), variant.ToString());
    }

    [Fact]
    public void Mainline_is_the_default() => Assert.Equal(Lifetime.Mainline, VariantCatalogue.Default.Lifetime);

    [Theory]
    [InlineData("mainlin", "bql", "variant", "did you mean 'mainline'?")]
    [InlineData("mainline", "qemu", "host", "bql")]
    [InlineData("mainline", "deferd", "host", "did you mean 'deferred'?")]
    public void What_is_unknown_is_refused_with_what_there_is(string variant, string host, string setting, string says)
    {
        var error = Assert.Throws<VariantException>(() => VariantCatalogue.Resolve(variant, host));
        Assert.Equal(setting, error.Setting);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_has_a_version_and_a_way_of_notifying()
    {
        var variant = VariantCatalogue.Resolve(host: "deferred", hostVersion: "QNEW", notify: "outside-bql");
        Assert.Equal((HostModel.Deferred, HostVersion.Qnew, NotifyModel.OutsideBql), (variant.Host, variant.HostVersion, variant.Notify));
        Assert.Equal("deferred, qnew, notify outside-bql", variant.HostText);
        Assert.Equal("bql", VariantCatalogue.Default.HostText);
        Assert.Equal("bql, qnew, notify outside-bql", VariantCatalogue.Like(variant, host: "bql").HostText);
        Assert.Equal("hostVersion", Assert.Throws<VariantException>(() => VariantCatalogue.Resolve(hostVersion: "q80")).Setting);
        Assert.Equal("notify", Assert.Throws<VariantException>(() => VariantCatalogue.Resolve(notify: "irqfd")).Setting);
    }

    [Fact]
    public void Unknown_switches_are_refused()
    {
        Assert.Contains("unknown defect 'H999'", Assert.Throws<VariantException>(() =>
            VariantCatalogue.Resolve(defects: ["H999"])).Message, StringComparison.Ordinal);
        Assert.Contains("unknown remedy 'R999'", Assert.Throws<VariantException>(() =>
            VariantCatalogue.Resolve(remedies: ["R999"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hardened_is_there_when_remedies_are() =>
        Assert.Equal(Remedies.All.Count > 0, VariantCatalogue.Variants.Any(v => v.Name == VariantCatalogue.HardenedVariant));

    [Fact]
    public void Defects_come_in_the_order_of_their_identifiers() =>
        Assert.Equal(Defects.All.Select(s => s.Id).Order(StringComparer.Ordinal), Defects.All.Select(s => s.Id));

    [Theory]
    [InlineData("H128")]
    [InlineData("H50h")]
    [InlineData("H50A")]
    [InlineData("Hab")]
    public void An_identifier_that_is_none_is_refused(string id) => Assert.ThrowsAny<Exception>(() => new Switch(id, "x", "x", "y"));

    [Fact]
    public void Switches_have_distinct_well_formed_identifiers()
    {
        var all = Defects.All.Concat(Remedies.All).ToList();
        Assert.Equal(all.Count, all.Select(s => s.Id).Distinct().Count());
        Assert.All(Defects.All, s => Assert.Matches("^H[0-9]{2,3}[a-g]?$", s.Id));
        Assert.All(Remedies.All, s => Assert.Matches("^R[0-9]{2,3}[a-g]?$", s.Id));
        Assert.All(all, s => Assert.True(s.Sentence.Length > 0 && s.Source.Length > 0));
    }

    [Fact]
    public void A_variant_has_the_switches_it_was_given()
    {
        Switch letter = new("H50b", "Letter", "x", "y");
        Switch[] switches = [new("H04", "NoIoLock", "x", "y"), new("H100", "Far", "x", "y"), new("R04", "Remedy", "x", "y")];
        var variant = new Variant("mainline", Lifetime.Mainline, HostModel.Bql, [switches[0], switches[1]]);
        Assert.True(variant.Has(switches[0]));
        Assert.True(variant.Has(switches[1]));
        Assert.False(variant.Has(switches[2]));
        Assert.False(variant.Has(new Switch("H36", "Other", "x", "y")));
        Assert.False(variant.Has(letter));
        Assert.True(new Variant("mainline", Lifetime.Mainline, HostModel.Bql, [letter]).Has(letter));
        Assert.False(new Variant("mainline", Lifetime.Mainline, HostModel.Bql, [letter]).Has(new Switch("H50", "None", "x", "y")));
        Assert.Equal("mainline+H04+H100", variant.ToString());
        Assert.Equal(["H04", "H100"], variant.DefectIds);
        Assert.Empty(variant.RemedyIds);
    }
}
