namespace MallBots.Local.Audit.Rules;

/// <summary>What all rules rest on: the events of every document, from the first, lead to exactly the state that is kept (architecture 2).</summary>
static class StateFollowsFromEvents
{
    public static IEnumerable<Violation> Check(MallSnapshot mall) =>
        from life in mall.Internals?.Lives ?? []
        where !life.Rebuilt
        select Violation.Of(0, $"the events of the {life.Resource} do not lead to the state that is kept", life.Id);
}
