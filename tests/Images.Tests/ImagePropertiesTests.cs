using System.Globalization;
using System.Reflection;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Images.Tests;

/// <summary>What the images are called and say, held against the code.</summary>
public sealed class ImagePropertiesTests(PublishedImages images)
{
    [Fact]
    public void Every_app_has_the_image_of_its_name_that_exposes_its_port_and_local_has_one()
    {
        var expected = Apps.Ports.Select(app => (app.Key, app.Value)).Append(("local", Apps.Ports[Apps.Gateway]))
            .Select(app => ($"mallbots/{app.Item1}", string.Create(CultureInfo.InvariantCulture, $"{app.Item2}/tcp"))).Order();
        Assert.Equal(expected, images.All.Select(image => (image.Repository, image.Port)).Order());
    }

    [Fact]
    public void Images_and_assemblies_have_the_version_of_the_one_place()
    {
        var version = typeof(Apps).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        Assert.Contains($"<Version>{version}</Version>", File.ReadAllText(Repository.PathOf("Directory.Build.props")), StringComparison.Ordinal);
        Assert.All(images.All, image => Assert.Equal((version, version), (image.Tag, image.Version)));
    }

    [Fact]
    public void Images_run_as_a_user_with_a_number_that_is_not_root_on_a_chiselled_base_and_say_what_they_are() => Assert.All(images.All, image =>
    {
        Assert.Equal("1654", image.User);
        Assert.Equal("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", image.BaseImage);
        Assert.Equal(image.Repository.Replace('/', '-'), image.Title);
        Assert.Equal("MIT", image.License);
        Assert.NotEmpty(image.Description);
    });
}
