using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Mall.Tests;

/// <summary>The driver knows no contract; these tests do.</summary>
static class OrderStatuses
{
    /// <inheritdoc cref="MallDriver.OrderIs(string, string)"/>
    public static Task<Answer> OrderIs(this MallDriver mall, string orderId, OrderStatus status) =>
        mall.OrderIs(orderId, JsonNamingPolicy.CamelCase.ConvertName(status.ToString()));
}
