import { OutboundError } from '@baton/service';

/** What a provider answers is a small JSON document; a larger one is none. */
const LARGEST_ANSWER = 256 * 1024;
export const PROVIDER_TIMEOUT_MS = 10_000;

/**
 * The fetch of everything that is said to a provider: by TLS unless the operator allowed the host, read whole within
 * its time and size. Redirects are answers: OAuth follows none.
 * @param allowed `host:port` of `BATON_HTTP_ALLOW`, which may be spoken to without TLS
 */
export const providerFetch =
  (send: typeof fetch, allowed: readonly string[]): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    requireTls(new URL(request.url), allowed);
    const timeout = AbortSignal.timeout(PROVIDER_TIMEOUT_MS);
    const answer = await send(request, {
      redirect: 'manual',
      signal: AbortSignal.any([request.signal, timeout]),
    });
    const { status, headers } = answer;
    return new Response(await wholeBody(answer), { status, headers });
  };

/** Whether a URL may be spoken to, or a person sent to it. */
export const isTlsOrAllowed = (url: URL, allowed: readonly string[]): boolean =>
  url.protocol === 'https:' ||
  (url.protocol === 'http:' && allowed.includes(`${url.hostname}:${url.port || 80}`));

const requireTls = (url: URL, allowed: readonly string[]): void => {
  if (!isTlsOrAllowed(url, allowed))
    throw new OutboundError('url-refused', `${url.host} is no https and not in BATON_HTTP_ALLOW`);
};

const wholeBody = async (answer: Response): Promise<Uint8Array<ArrayBuffer> | null> => {
  if (!answer.body) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    const part = chunk as Uint8Array;
    size += part.length;
    if (size > LARGEST_ANSWER)
      throw new OutboundError('http-failed', `The answer has more than ${LARGEST_ANSWER} bytes`, {
        mayHaveArrived: true,
        isTrouble: false,
      });
    chunks.push(part);
  }
  return new Uint8Array(Buffer.concat(chunks));
};
