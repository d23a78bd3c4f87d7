import { Agent, type IncomingMessage, request } from 'node:http';

/** A client that costs little beside what it measures: kept connections, no more. */
export class Http {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });

  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown }> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const sent = request(
        this.url + path,
        {
          method,
          agent: this.agent,
          headers: {
            authorization: `Bearer ${this.key}`,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...headers,
          },
        },
        (response) => {
          collect(response).then(
            (answer) =>
              resolve({
                status: response.statusCode ?? 0,
                body: answer === '' ? null : (JSON.parse(answer) as unknown),
              }),
            reject,
          );
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }

  async must(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<unknown> {
    const answer = await this.call(method, path, body, headers);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  say(conversation: string, turn: string, workflow: string, wait = 0): Promise<unknown> {
    return this.must(
      'POST',
      '/api/v1/hil/message',
      {
        conversation_id: conversation,
        turn_id: turn,
        message: `Hello ${turn}`,
        sender_type: 'user',
        workflow_name: workflow,
      },
      wait > 0 ? { prefer: `wait=${wait}` } : {},
    );
  }

  /** Server-sent events as they come: name and data; ends when `until` says so. */
  events(
    path: string,
    until: (event: string, data: string) => boolean,
  ): { opened: Promise<void>; done: Promise<void> } {
    let opened: () => void = () => undefined;
    const whenOpened = new Promise<void>((resolve) => (opened = resolve));
    const done = new Promise<void>((resolve, reject) => {
      const sent = request(
        this.url + path,
        { headers: { authorization: `Bearer ${this.key}`, accept: 'text/event-stream' } },
        (response) => {
          opened();
          let buffer = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            buffer += part;
            for (let end = buffer.indexOf('\n\n'); end !== -1; end = buffer.indexOf('\n\n')) {
              const frame = buffer.slice(0, end);
              buffer = buffer.slice(end + 2);
              const event = /^event: ?(.*)$/m.exec(frame)?.[1] ?? 'message';
              if (until(event, /^data: ?(.*)$/m.exec(frame)?.[1] ?? '')) {
                response.destroy();
                resolve();
              }
            }
          });
          response.on('end', resolve);
        },
      );
      sent.on('error', reject);
      sent.end();
    });
    return { opened: whenOpened, done };
  }

  close(): void {
    this.agent.destroy();
  }
}

const collect = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};
