namespace MallBots.Payments.Provider;

/// <summary>What the payment provider answered.</summary>
public enum ProviderAnswer
{
    /// <summary>Done.</summary>
    Accepted,

    /// <summary>It will not.</summary>
    Declined,

    /// <summary>It did not say: the call may be carried out all the same, and is to be repeated with the same key.</summary>
    Unavailable,
}

/// <summary>The payment provider. A call that is repeated with its key does nothing more and is answered as before.</summary>
public interface IPaymentProvider
{
    /// <summary>Holds an amount.</summary>
    /// <param name="paymentId">The payment that the hold is for.</param>
    /// <param name="amount">How much, in the mall's currency.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="cancel">Ends the waiting.</param>
    Task<ProviderAnswer> Authorize(string paymentId, decimal amount, string key, CancellationToken cancel);

    /// <summary>Takes an amount of what is held, and gives back the rest.</summary>
    /// <inheritdoc cref="Authorize"/>
    Task<ProviderAnswer> Capture(string paymentId, decimal amount, string key, CancellationToken cancel);

    /// <summary>Gives back what is held.</summary>
    /// <inheritdoc cref="Authorize"/>
    Task<ProviderAnswer> Void(string paymentId, string key, CancellationToken cancel);
}
