import { Agent, request as httpRequest } from 'node:http';

import type { FuzzRequest } from './request.js';

/** What came back. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** A stream that was left while it was open. */
  readonly isCut: boolean;
}

/** Longer than anything may wait; a request that takes longer has no answer. */
const PATIENCE_MS = 90_000;
/** So long a stream is listened to. */
const LISTEN_MS = 150;
const MOST_BYTES = 4_000_000;

/** Where the request goes, with everything escaped as a careful client would. */
export const targetOf = ({ operation, params, query }: FuzzRequest): string => {
  const path = operation.path.replace(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent((params[name] ?? '').toWellFormed()),
  );
  const pairs = query.map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`,
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
};

/** Sends it as it is, by Node's own client: `fetch` would mend what is meant to be broken. */
export class Sender {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });

  constructor(private readonly url: string) {}

  send(request: FuzzRequest): Promise<Received> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({
        agent: this.agent,
        hostname,
        port,
        method: request.operation.method,
        path: targetOf(request),
        headers: headersOf(request),
        timeout: PATIENCE_MS,
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        const done = (isCut: boolean): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString('utf8'),
            isCut,
          });
        const cut = (): void => {
          done(true);
          outgoing.destroy();
        };
        if (String(response.headers['content-type']).startsWith('text/event-stream'))
          setTimeout(cut, LISTEN_MS);
        response.on('data', (part: Buffer) => {
          parts.push(part);
          bytes += part.length;
          if (bytes > MOST_BYTES) cut();
        });
        response.on('end', () => done(false));
        response.on('error', reject);
      });
      outgoing.end(request.body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

const headersOf = ({ caller, headers, contentType, body }: FuzzRequest): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  ),
  ...(caller.token !== '' && {
    authorization: `Bearer ${Buffer.from(caller.token, 'utf8').toString('latin1')}`,
  }),
  ...(body && contentType !== undefined && contentType !== '' && { 'content-type': contentType }),
  ...(body && { 'content-length': String(body.length) }),
});
