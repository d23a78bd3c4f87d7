/** What the page's own back end gives: the answer of `POST /api/v1/conversations/{id}/token`, as it is. */
export interface TokenAnswer {
  readonly token: string;
  readonly conversationId: string;
}

/** The back end would not, or could not, give a token. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
}

/** Where and how the page's own back end is asked. */
export interface TokenEndpoint {
  readonly url: string;
  /** `include` where it is of another origin and knows its visitors by cookie. */
  readonly credentials: RequestCredentials;
}

/** Asks the page's own back end for a token of this visitor's conversation. @throws NoToken */
export const fetchToken = async ({ url, credentials }: TokenEndpoint): Promise<TokenAnswer> => {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      credentials,
      headers: { accept: 'application/json' },
      cache: 'no-store',
    });
  } catch (error) {
    throw new NoToken('The token end point cannot be reached', { cause: error });
  }
  if (!response.ok) throw new NoToken(`The token end point answered ${response.status}`);
  const body = (await response.json().catch(() => null)) as { token?: unknown } | null;
  const token = body?.token;
  const conversationId = typeof token === 'string' ? subjectOf(token) : undefined;
  if (typeof token !== 'string' || conversationId === undefined)
    throw new NoToken('The token end point gave no conversation token');
  return { token, conversationId };
};

/** Whose token it is stands in it, for anybody to read (RFC 7519: `sub`). */
export const subjectOf = (token: string): string | undefined => {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
};
