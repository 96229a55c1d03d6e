using MallBots.Local;
using MallBots.Local.Audit;
using Xunit;

namespace MallBots.Mall.Tests.Audit;

/// <summary>The auditor at the end of tests.</summary>
static class Audited
{
    /// <summary>Nothing that must hold is broken, once the mall is quiet.</summary>
    public static Task NothingIsWrong(LocalMall mall, TimeSpan? within = null) => NothingIsWrong(mall.Access, within);

    /// <inheritdoc cref="NothingIsWrong(LocalMall, TimeSpan?)"/>
    public static async Task<AuditReport> NothingIsWrong(MallAccess access, TimeSpan? within = null)
    {
        var report = await Auditor.Audit(access, new AuditOptions { Within = within ?? TimeSpan.FromSeconds(60), Still = TimeSpan.FromSeconds(3) }, TimeProvider.System, CancellationToken.None);
        Assert.True(report.Violations.Count == 0, report.ToString());
        return report;
    }
}
