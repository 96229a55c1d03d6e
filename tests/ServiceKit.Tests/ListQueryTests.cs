using MallBots.ServiceKit.Http;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MallBots.ServiceKit.Tests;

public sealed class ListQueryTests
{
    [Theory]
    [InlineData("?customerId=c-1", "c-1")]
    [InlineData("?customerId=", null)]
    [InlineData("", null)]
    public async Task A_filter_by_an_id_is_read(string query, string? id) => Assert.Equal(id, (await Read(query)).Id("customerId"));

    [Theory]
    [InlineData("?customerId=a.b")]
    [InlineData("?customerId=a||b")]
    [InlineData("?customerId=-a")]
    public async Task A_filter_by_what_can_be_no_id_is_refused_before_it_becomes_a_key(string query)
    {
        var list = await Read(query);
        Assert.Equal(["customerId"], Assert.Throws<InvalidRequestException>(() => list.Id("customerId")).Errors.Keys);
    }

    static async Task<ListQuery> Read(string query) =>
        await ListQuery.BindAsync(new DefaultHttpContext { Request = { QueryString = new QueryString(query) } });
}
