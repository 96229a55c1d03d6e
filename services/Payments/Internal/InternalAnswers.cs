using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.State;

namespace MallBots.Payments.Internal;

static class InternalAnswers
{
    /// <summary>The business answer; a call to the provider under way is none but a fault, so that whoever asks tries again.</summary>
    public static CommandAnswer AnswerUnlessBusy(this Outcome<Payment> outcome) =>
        outcome.Refusal is { } refusal && refusal.Kind == PaymentRefusals.Busy ? throw new UnavailableException(refusal.Text) : InternalApi.Answer(outcome);
}
