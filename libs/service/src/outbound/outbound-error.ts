/** Why a request that others had us make came to nothing. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  constructor(
    /** `url-refused`: it leads where nobody may send us. `http-failed`: no answer came, or no whole one. */
    readonly code: 'url-refused' | 'http-failed',
    message: string,
    /** `mayHaveArrived`: the other side may have acted on it. `isTrouble`: the other side is to blame, and may recover. */
    readonly about: { readonly mayHaveArrived: boolean; readonly isTrouble: boolean } = {
      mayHaveArrived: false,
      isTrouble: false,
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
