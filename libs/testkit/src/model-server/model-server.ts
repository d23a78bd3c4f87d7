import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { anthropicBeginning, anthropicBody, anthropicStream } from './anthropic-wire.js';
import { embeddingOf } from './embeddings.js';
import { genericAnswer } from './generic-answer.js';
import { type ModelRequest, readModelRequest } from './model-request.js';
import { openAiBeginning, openAiBody, openAiStream } from './openai-wire.js';
import { type Reply, replyOf } from './reply.js';
import { say, type Step } from './steps.js';

export interface ModelServerOptions {
  readonly port?: number;
  readonly dimensions?: number;
  /** Answers anything at once and remembers nothing: for benchmarks. */
  readonly instant?: boolean;
}

/** What the server charged: only answers that were given to their end. */
export interface Served {
  calls: number;
  embeddings: number;
  inputTokens: number;
  outputTokens: number;
}

/**
 * A model provider on loopback that speaks OpenAI's and Anthropic's wire, for their real SDKs. It says what it
 * was told to, breaks as it was told to, and counts what it served.
 */
export class ModelServer {
  readonly served: Served = { calls: 0, embeddings: 0, inputTokens: 0, outputTokens: 0 };
  readonly requests: ModelRequest[] = [];
  /** Calls whose client hung up before the answer was whole. */
  hungUp = 0;
  private readonly steps: Step[] = [];
  private readonly unexpected: ModelRequest[] = [];
  private rule: ((request: ModelRequest) => Step | undefined) | undefined;
  private ids = 0;

  private constructor(
    private readonly server: Server,
    private readonly options: ModelServerOptions,
  ) {
    if (options.instant) this.rule = genericAnswer;
  }

  static async start(options: ModelServerOptions = {}): Promise<ModelServer> {
    const http = createServer();
    const server = new ModelServer(http, options);
    http.on('request', (request, response) => void server.handle(request, response));
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  /** For `OPENAI_BASE_URL`. */
  get openAiUrl(): string {
    return `${this.url}/v1`;
  }
  /** For `ANTHROPIC_BASE_URL`. */
  get anthropicUrl(): string {
    return this.url;
  }

  /** Does these with the next calls, in order. */
  script(...steps: readonly Step[]): void {
    this.steps.push(...steps);
  }

  /** Does this with every call that no script is left for; undefined is a call that was not expected. */
  respond(rule: (request: ModelRequest) => Step | undefined): void {
    this.rule = rule;
  }

  /** @throws Error where a call came that nobody expected, or one that was scripted did not come */
  assertDone(): void {
    if (this.unexpected.length > 0)
      throw new Error(`${this.unexpected.length} unexpected calls, the first: ${this.unexpected[0]?.prompt}`);
    if (this.steps.length > 0) throw new Error(`${this.steps.length} scripted answers were never asked for`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => {
      if (!response.writableFinished) this.hungUp += 1;
    });
    try {
      const text = await readBody(request);
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      await this.route(request, body, response);
    } catch (error) {
      if (!response.headersSent) send(response, 400, { error: { message: String(error) } });
      else response.destroy();
    }
  }

  private async route(
    request: IncomingMessage,
    body: Record<string, unknown>,
    response: ServerResponse,
  ): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/v1/models') {
      send(response, 200, {
        object: 'list',
        data: [{ id: 'test-model', object: 'model', created: 0, owned_by: 'test' }],
      });
    } else if (path === '/v1/embeddings') {
      this.embed(body, response);
    } else if (path === '/v1/chat/completions') {
      await this.complete(readModelRequest('openai', body, request.headers), response);
    } else if (path === '/v1/messages') {
      await this.complete(readModelRequest('anthropic', body, request.headers), response);
    } else {
      send(response, 404, { error: { message: `no ${path} here` } });
    }
  }

  private embed(body: Record<string, unknown>, response: ServerResponse): void {
    const texts = [body['input']].flat() as string[];
    const input = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
    response.on('finish', () => {
      this.served.embeddings += 1;
      this.served.inputTokens += input;
    });
    send(response, 200, {
      object: 'list',
      model: body['model'],
      data: texts.map((text, index) => ({
        object: 'embedding',
        index,
        embedding: embeddingOf(text, this.options.dimensions ?? 64),
      })),
      usage: { prompt_tokens: input, total_tokens: input },
    });
  }

  private async complete(request: ModelRequest, response: ServerResponse): Promise<void> {
    if (!this.options.instant) this.requests.push(request);
    const step = this.steps.shift() ?? this.rule?.(request);
    if (!step) {
      this.unexpected.push(request);
      send(response, 400, { error: { type: 'invalid_request_error', message: 'nobody expected this call' } });
      return;
    }
    await this.perform(step, request, response);
  }

  private async perform(step: Step, request: ModelRequest, response: ServerResponse): Promise<void> {
    const reply = replyOf(step, request);
    if (reply) {
      await this.answer(reply, request, response, step.kind === 'paced' ? step.everyMs : 0);
      return;
    }
    switch (step.kind) {
      case 'slow':
        await delay(step.ms);
        return this.perform(step.then, request, response);
      case 'status':
        return send(
          response,
          step.status,
          { type: 'error', error: { type: 'api_error', message: step.message ?? `scripted ${step.status}` } },
          step.headers,
        );
      case 'hang':
        if (step.after !== undefined) this.begin(step.after, request, response);
        return;
      case 'cut':
        this.begin(step.after, request, response);
        setImmediate(() => response.destroy());
        return;
      case 'malformed-body':
        if (step.after !== undefined) {
          this.begin(step.after, request, response);
          response.end('event: content_block_delta\ndata: {"choices": [{"delta": \n\n');
          return;
        }
        response.writeHead(200, {
          'content-type': request.streaming ? 'text/event-stream' : 'application/json',
        });
        response.end(request.streaming ? 'data: {"choices": [{"delta": \n\n' : '{"choices": [');
        return;
      default:
        throw new Error(`no such step: ${JSON.stringify(step)}`);
    }
  }

  private begin(text: string, request: ModelRequest, response: ServerResponse): void {
    const beginning = request.api === 'openai' ? openAiBeginning : anthropicBeginning;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(beginning(text, request.model, this.id()).join(''));
  }

  private async answer(
    reply: Reply,
    request: ModelRequest,
    response: ServerResponse,
    everyMs: number,
  ): Promise<void> {
    // A client that is gone when its answer is ready was served nothing.
    response.on('finish', () => {
      this.served.calls += 1;
      this.served.inputTokens += reply.usage.input;
      this.served.outputTokens += reply.usage.output;
    });
    const openAi = request.api === 'openai';
    if (!request.streaming) {
      send(response, 200, (openAi ? openAiBody : anthropicBody)(reply, request.model, this.id()));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const frames = (openAi ? openAiStream : anthropicStream)(reply, request.model, this.id());
    if (everyMs > 0) {
      for (const frame of frames.splice(0, frames.length - 1)) {
        if (response.destroyed) return;
        response.write(frame);
        await delay(everyMs);
      }
    }
    response.end(frames.join(''));
  }

  private id(): string {
    this.ids += 1;
    return `answer_${this.ids}`;
  }
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
};

const send = (
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

/** The rule of a model that always says the same. */
export const always = (text: string) => (): Step => say(text);
