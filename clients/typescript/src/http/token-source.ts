/** A token, or how to get one; asked again when the server no longer takes the last. */
export type TokenProvider = string | (() => string | Promise<string>);

/** The token of the moment; callers who come together ask once. */
export class TokenSource {
  private current: Promise<string> | undefined;

  constructor(private readonly provider: TokenProvider) {}

  /** Rejects with what the provider rejects with; the next call asks again. */
  get(): Promise<string> {
    const { provider } = this;
    if (typeof provider === 'string') return Promise.resolve(provider);
    const asked = (this.current ??= Promise.resolve().then(provider));
    asked.catch(() => {
      if (this.current === asked) this.current = undefined;
    });
    return asked;
  }

  /** Forgets a token that was refused. False where no other can be had. */
  async renew(refused: string): Promise<boolean> {
    if (typeof this.provider === 'string') return false;
    const current = this.current;
    // Somebody else may have got a new one meanwhile.
    if (current && (await current.catch(() => refused)) === refused && this.current === current)
      this.current = undefined;
    return true;
  }
}
