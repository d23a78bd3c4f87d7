import type { BodyOf, RequestContext, RequestDefinition } from '@baton/contracts';
import { applyDecorators, type ArgumentsHost, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';

/** What a request handler is given. */
export interface BusRequest<D extends RequestDefinition> {
  readonly ctx: RequestContext;
  /** Parsed with the definition's schema. */
  readonly body: BodyOf<D>;
  /** Epoch milliseconds after which the caller no longer waits. */
  readonly deadline: number;
  /** Aborts at the deadline. */
  readonly signal: AbortSignal;
}

/** What an event handler is told about this delivery. */
export interface Delivery {
  /** True when a handler was given this event before; a hint only: JetStream forgets it at times. */
  readonly redelivered: boolean;
}

export interface Deferral {
  readonly deferMs: number;
}

/**
 * What an event handler returns to get the same event again after `ms`; no failure is counted. While it
 * waits it takes no handler's place; when this process ends meanwhile, it comes sooner, elsewhere.
 */
export const defer = (ms: number): Deferral => ({ deferMs: ms });

export interface EventsOptions {
  /** Durable name of the consumer: shared by all replicas, one handler each. */
  readonly consumer: string;
  /**
   * What it reads, from `subjects`. Each of several is read by a durable of its own, `<consumer>-<last token>`, as
   * nats-server 2.9 filters by one subject; their events come in no order between them.
   */
  readonly subject: string | readonly string[];
  /** How many events this process handles at once; 64 unless told. */
  readonly maxInFlight?: number;
}

/** What the transport reads from a handler that {@link HandleRequest} marked. */
export interface RequestExtras {
  readonly batonRequest: RequestDefinition;
}

/** What the transport reads from a handler that {@link HandleEvents} marked. */
export interface EventsExtras {
  readonly batonEvents: EventsOptions;
}

/** Nest would answer with a text of its own: hand the error to our transport as it is. */
@Catch()
class AsItIs implements ExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Answers a request of another service: the method gets a {@link BusRequest} and returns the answer.
 * A `BatonError` it throws reaches the caller as it is; anything else is logged and becomes `internal`.
 */
export const HandleRequest = (definition: RequestDefinition): MethodDecorator =>
  applyDecorators(
    MessagePattern(definition.pattern, { batonRequest: definition } satisfies RequestExtras),
    UseFilters(new AsItIs()),
  );

/**
 * Handles every event on a subject, at least once, in a durable consumer: the method gets
 * (`event`, `delivery`). Returning acknowledges, {@link defer} asks for it again later, throwing
 * asks for it again with back-off.
 */
export const HandleEvents = (options: EventsOptions): MethodDecorator => {
  const mark = applyDecorators(
    EventPattern<string>(`events/${options.consumer}`, { batonEvents: options } satisfies EventsExtras),
    UseFilters(new AsItIs()),
  );
  return (target, key, descriptor) => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    mark(target, key, descriptor);
  };
};
