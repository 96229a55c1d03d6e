using FsCheck.Xunit;
using MallBots.Contracts;
using MallBots.Depot.Simulation;
using Xunit;

namespace MallBots.Domain.Tests.Depot;

public sealed class FloorPlanTests
{
    static ShoppingStop At(string location) => new(location, location, location, []);

    [Fact]
    public void The_nearest_stop_comes_first_and_the_way_ends_at_the_depot()
    {
        var (drives, back) = FloorPlan.Round([At("Level 2, A-05"), At("Level 0, A-04"), At("Level 0, A-10")]);
        Assert.Equal(["Level 0, A-04", "Level 0, A-10", "Level 2, A-05"], drives.Select(drive => drive.Stop.Location));
        Assert.Equal([8, 12, 70], drives.Select(drive => drive.Metres));
        Assert.Equal(50, back);
    }

    [Fact]
    public void A_list_without_stops_is_no_way_at_all() => Assert.Equal(0, FloorPlan.Round([]).MetresBack);

    [Property]
    public bool Every_stop_is_visited_once_wherever_it_is(string?[] locations)
    {
        var stops = locations.Select((location, number) => new ShoppingStop($"s-{number}", "", location ?? "", [])).ToList();
        var (drives, back) = FloorPlan.Round(stops);
        return back >= 0 && drives.All(drive => drive.Metres >= 0) && drives.Select(drive => drive.Stop.StoreId).Order().SequenceEqual(stops.Select(stop => stop.StoreId).Order());
    }
}
