import { Agent, request } from 'node:http';

import { Api, type Answer } from '../api.js';

/** Under what a gateway gives its last requests; proxies are told the same in docs/deploy.md. */
const IDLE_MS = 2_000;

/** A failure of the way to Baton or of Baton itself: what must not be, however much is restarted. */
export interface Failure {
  readonly what: string;
  readonly why: string;
}

/** Baton over connections that are kept, as a proxy or a back-end has them; nothing is ever sent twice. */
export class Caller extends Api {
  constructor(
    url: string,
    token: string,
    readonly failures: Failure[] = [],
    private readonly connections = new Agent({ keepAlive: true, timeout: IDLE_MS }),
  ) {
    super(url, token);
  }

  override as(token: string): Caller {
    return new Caller(this.url, token, this.failures, this.connections);
  }

  override async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const what = `${method} ${path}`;
    try {
      const answer = await this.exchange<T>(method, path, body, headers);
      if (answer.status >= 500 || answer.status === 429)
        this.failures.push({ what, why: `${answer.status} ${JSON.stringify(answer.body)}` });
      return answer;
    } catch (error) {
      this.failures.push({ what, why: String((error as NodeJS.ErrnoException).code ?? error) });
      throw error;
    }
  }

  close(): void {
    this.connections.destroy();
  }

  private exchange<T>(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Answer<T>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        this.url + path,
        {
          method,
          agent: this.connections,
          headers: {
            authorization: `Bearer ${this.token}`,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(text)),
            }),
            ...headers,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const content = Buffer.concat(parts).toString('utf8');
            resolve({
              status: response.statusCode ?? 0,
              headers: new Headers(response.headers as Record<string, string>),
              body: (content === '' ? null : JSON.parse(content)) as T,
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }
}
