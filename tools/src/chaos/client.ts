import { Agent, type IncomingMessage, request } from 'node:http';

/**
 * What a caller knows after a request. `unknown` is a state of its own: time-out, reset and 5xx leave open whether it
 * took effect. `refused` did not (429, before anything was looked at).
 */
export type Knowledge = 'done' | 'rejected' | 'refused' | 'unknown';

export interface Answer<T> {
  readonly knowledge: Knowledge;
  /** 0 where no answer came. */
  readonly status: number;
  readonly body: T;
  readonly retryAfterMs: number;
}

export interface CallOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 25_000;

/** A caller of the gateway's REST API who trusts nothing. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 512 });

  constructor(
    private readonly url: () => string,
    private readonly apiKey: string,
  ) {}

  get<T>(path: string, options?: CallOptions): Promise<Answer<T>> {
    return this.call<T>('GET', path, undefined, options);
  }

  post<T>(path: string, body: unknown = {}, options?: CallOptions): Promise<Answer<T>> {
    return this.call<T>('POST', path, body, options);
  }

  /** Never rejects. */
  async call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer<T>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    try {
      const { status, content, retryAfter } = await this.exchange(method, path, text, options);
      return {
        knowledge: knowledgeOf(status),
        status,
        body: (content === '' ? null : JSON.parse(content)) as T,
        retryAfterMs: Number(retryAfter ?? 0) * 1000,
      };
    } catch {
      return { knowledge: 'unknown', status: 0, body: null as T, retryAfterMs: 0 };
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private exchange(
    method: string,
    path: string,
    text: string | undefined,
    { token, headers, timeoutMs }: CallOptions,
  ): Promise<{ status: number; content: string; retryAfter: string | undefined }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        this.url() + path,
        {
          method,
          agent: this.agent,
          signal: AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS),
          headers: {
            authorization: `Bearer ${token ?? this.apiKey}`,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...headers,
          },
        },
        (response) => {
          collect(response).then(
            (content) =>
              resolve({
                status: response.statusCode ?? 0,
                content,
                retryAfter: response.headers['retry-after'],
              }),
            reject,
          );
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }
}

const knowledgeOf = (status: number): Knowledge => {
  if (status >= 200 && status < 300) return 'done';
  if (status === 429) return 'refused';
  return status >= 400 && status < 500 ? 'rejected' : 'unknown';
};

const collect = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};
