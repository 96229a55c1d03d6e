using MallBots.Local;
using MallBots.Local.Audit;
using MallBots.TestKit;
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
        var deadline = new Deadline(within ?? TimeSpan.FromSeconds(60));
        var options = new AuditOptions { Within = TimeSpan.FromSeconds(20), Still = TimeSpan.FromSeconds(3) };
        AuditReport report;
        do report = await Auditor.Audit(access, options, TimeProvider.System, CancellationToken.None);
        while (report.Violations.Count > 0 && !await deadline.IsOver());
        Assert.True(report.Violations.Count == 0, report.ToString());
        return report;
    }
}
