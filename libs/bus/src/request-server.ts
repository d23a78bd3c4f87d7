import {
  BatonError,
  isBatonError,
  parseOrThrow,
  type ProblemCode,
  type RequestDefinition,
  subjects,
  toWireError,
} from '@baton/contracts';
import { Logger } from '@nestjs/common';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { firstValueFrom, isObservable } from 'rxjs';

import type { BusClient } from './bus-client.js';
import { type CallContext, runWithCallContext } from './call-context.js';
import type { BusRequest } from './decorators.js';
import { isWireRequest, TRACEPARENT_HEADER, type WireAnswer, type WireRequest } from './wire.js';

type Handler = (request: BusRequest<RequestDefinition>) => Promise<unknown>;

/** A request as its handler sees it; the signal is made only for those who look at it. */
class IncomingRequest implements BusRequest<RequestDefinition> {
  private abort: AbortSignal | undefined;

  constructor(
    private readonly wire: WireRequest,
    readonly body: never,
    private readonly now: () => number,
  ) {}

  get ctx() {
    return this.wire.ctx;
  }

  get deadline() {
    return this.wire.deadline;
  }

  get signal(): AbortSignal {
    this.abort ??= AbortSignal.timeout(Math.max(0, this.wire.deadline - this.now()));
    return this.abort;
  }
}

/** Answers the requests of one pattern, as one of the service's queue group. */
export class RequestServer {
  private readonly logger = new Logger('Requests');
  private subscription: Subscription | undefined;
  private running = 0;
  private onIdle: (() => void) | undefined;

  constructor(
    private readonly bus: BusClient,
    private readonly definition: RequestDefinition,
    private readonly handler: Handler,
  ) {}

  start(nats: NatsConnection): void {
    this.subscription = nats.subscribe(subjects.request(this.definition.pattern), {
      queue: this.bus.name,
      callback: (error, msg) => {
        if (error) this.logger.error(`Subscription ${this.definition.pattern}: ${error.message}`);
        else void this.serve(msg);
      },
    });
  }

  /** Takes no more and resolves when those under way are answered. */
  async drain(): Promise<void> {
    await this.subscription?.drain();
    if (this.running > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
  }

  private async serve(msg: Msg): Promise<void> {
    const started = performance.now();
    let answer: WireAnswer;
    let code: ProblemCode | 'ok' = 'ok';
    this.running += 1;
    try {
      answer = { ok: (await this.handle(msg)) ?? null };
    } catch (error) {
      const wire = toWireError(error);
      code = wire.code;
      answer = { error: wire };
    }
    this.reply(msg, answer);
    this.bus.observer.requestHandled(
      this.definition.pattern,
      code,
      performance.now() - started,
      msg.headers?.get(TRACEPARENT_HEADER) || undefined,
    );
    this.running -= 1;
    if (this.running === 0) this.onIdle?.();
  }

  private handle(msg: Msg): Promise<unknown> {
    const wire = readRequest(msg);
    if (wire.deadline <= this.bus.now()) {
      throw new BatonError('deadline-exceeded', `${this.definition.pattern} came too late`);
    }
    const body = parseOrThrow(this.definition.body, wire.body, 'The request') as never;
    const request = new IncomingRequest(wire, body, () => this.bus.now());
    return runWithCallContext(callContextOf(wire, body, msg), () =>
      this.bus.tracer.answering(this.definition.pattern, () => this.run(request)),
    );
  }

  private async run(request: IncomingRequest): Promise<unknown> {
    try {
      const result = await this.handler(request);
      // Nest hands a failure back as an observable that fails.
      return isObservable(result) ? await firstValueFrom(result) : result;
    } catch (error) {
      // Here, where the ids of the request are still known to the log.
      if (!isBatonError(error) || error.code === 'internal') this.logUnexpected(error);
      throw error;
    }
  }

  private reply(msg: Msg, answer: WireAnswer): void {
    try {
      msg.respond(JSON.stringify(answer));
    } catch (error) {
      this.logUnexpected(error);
      this.replyInternal(msg, error);
    }
  }

  /** The answer is no JSON, too large, or the connection is gone; in the first two cases the caller still hears of it. */
  private replyInternal(msg: Msg, error: unknown): void {
    try {
      msg.respond(JSON.stringify({ error: toWireError(error) } satisfies WireAnswer));
    } catch {
      this.logger.error(`${this.definition.pattern} was handled but its caller cannot be told`);
    }
  }

  private logUnexpected(err: unknown): void {
    this.logger.error({ err }, `${this.definition.pattern} failed`);
  }
}

const readRequest = (msg: Msg): WireRequest => {
  let value: unknown;
  try {
    value = msg.json();
  } catch (cause) {
    throw new BatonError('malformed-json', 'The request is not JSON', { cause });
  }
  if (!isWireRequest(value)) throw new BatonError('validation-failed', 'Not a request of Baton');
  return value;
};

const callContextOf = (wire: WireRequest, body: unknown, msg: Msg): CallContext => {
  const traceparent = msg.headers?.get(TRACEPARENT_HEADER);
  const conversationId = (body as { conversation_id?: unknown } | null)?.conversation_id;
  return {
    tenant_id: wire.ctx.tenant_id,
    request_id: wire.ctx.request_id,
    ...(traceparent && { traceparent }),
    ...(typeof conversationId === 'string' && { conversation_id: conversationId }),
  };
};
