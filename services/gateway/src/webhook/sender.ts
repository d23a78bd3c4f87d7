import { Clock, CONFIG, exchange, OutboundError, OutboundGuard, traceHeaders } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { GatewayConfig } from '../config.js';
import type { Attempt } from './attempt.js';
import type { WebhookMessage } from './message.js';
import { readRetryAfter } from './retry-schedule.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** From the look-up of the name to the end of the answer. */
export const SEND_LIMIT_MS = 5_000;
const EXCERPT_BYTES = 1024;

/** Where a message goes and what signs it. */
export interface Receiver {
  readonly webhookId: string;
  readonly url: string;
  /** Sealed; the present one first. */
  readonly secrets: readonly string[];
}

/** One signed POST: to where the guard lets it go, no redirect followed, over within five seconds. */
@Injectable()
export class WebhookSender {
  private readonly guard: OutboundGuard;

  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly clock: Clock,
    @Inject(CONFIG) config: GatewayConfig,
  ) {
    this.guard = new OutboundGuard(config.BATON_HTTP_ALLOW ?? []);
  }

  /** Why a URL cannot be a webhook's; undefined where it can, or where its name has no address just now. */
  async refusal(url: string): Promise<string | undefined> {
    try {
      await within(this.guard.target(url), AbortSignal.timeout(SEND_LIMIT_MS));
      return undefined;
    } catch (error) {
      return error instanceof OutboundError && error.code === 'url-refused' ? error.message : undefined;
    }
  }

  /**
   * @param id the delivery's: the same at each try
   * @param traceparent of what the message tells
   */
  async send(
    id: string,
    receiver: Receiver,
    message: WebhookMessage,
    traceparent?: string,
  ): Promise<Attempt> {
    const startedAt = this.clock.now();
    const began = performance.now();
    const body = JSON.stringify(message);
    const headers = this.secrets.sign({ id, at: startedAt, body }, receiver.webhookId, receiver.secrets);
    const signal = AbortSignal.timeout(SEND_LIMIT_MS);
    const timing = () => ({ startedAt, latencyMs: Math.round(performance.now() - began) });
    try {
      const target = await within(this.guard.target(receiver.url), signal);
      const answer = await exchange(
        target,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Baton-Webhooks/1',
            ...traceHeaders('webhooks', traceparent),
            ...headers,
          },
          body,
        },
        signal,
        EXCERPT_BYTES,
      );
      return {
        ...timing(),
        statusCode: answer.status,
        error: null,
        responseExcerpt: excerptOf(answer.body),
        retryAfterMs: readRetryAfter(answer.headers['retry-after'], startedAt.getTime()),
      };
    } catch (error) {
      const why = signal.aborted ? `No answer within ${SEND_LIMIT_MS} ms` : (error as Error).message;
      return { ...timing(), statusCode: null, error: why, responseExcerpt: null, retryAfterMs: undefined };
    }
  }
}

/** PostgreSQL takes no NUL; half a character at the cut is shown as what it is. */
const excerptOf = (body: Buffer): string => body.toString('utf8').replaceAll('\u0000', '\uFFFD');

/** A look-up of a name cannot be stopped; it is not waited for longer. */
const within = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  promise.catch(() => undefined);
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
