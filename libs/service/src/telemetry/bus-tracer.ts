import { type BusTracer, currentCallContext } from '@baton/bus';
import type { RecordedEvent } from '@baton/contracts';
import { type Attributes, SpanKind } from '@opentelemetry/api';

import { BATON, MESSAGING, RPC } from './span-attributes.js';
import { spanned } from './tracing.js';

const SYSTEM = 'nats';

/** Spans of requests and events; the names are patterns and types, which are few. */
export const BUS_TRACER: BusTracer = {
  asking: (pattern, work) =>
    spanned(`request ${pattern}`, { kind: SpanKind.CLIENT, attributes: requestAttributes(pattern) }, work),
  answering: (pattern, work) =>
    spanned(
      `answer ${pattern}`,
      { kind: SpanKind.SERVER, attributes: { ...requestAttributes(pattern), ...idAttributes() } },
      work,
    ),
  publishing: (event, work) =>
    spanned(
      `send ${event.type}`,
      {
        kind: SpanKind.PRODUCER,
        parent: event.metadata.traceparent,
        attributes: { ...eventAttributes(event), [MESSAGING.operation]: 'send' },
      },
      ({ traceparent }) => work(traceparent),
    ),
  handling: (consumer, event, work) =>
    spanned(
      `process ${event.type}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...eventAttributes(event),
          ...idAttributes(),
          [MESSAGING.operation]: 'process',
          [MESSAGING.consumer]: consumer,
        },
      },
      async (span) => {
        const deferral = await work();
        // It comes again, and only then something happens.
        if (deferral) span.discard();
        return deferral;
      },
    ),
};

const requestAttributes = (pattern: string): Attributes => ({ [RPC.system]: SYSTEM, [RPC.method]: pattern });

/** What a span may say of an event. */
export const eventAttributes = (event: RecordedEvent): Attributes => ({
  [MESSAGING.system]: SYSTEM,
  [MESSAGING.destination]: event.type,
  [MESSAGING.message]: event.event_id,
  [BATON.tenant]: event.tenant_id,
  [BATON.stream]: event.stream_type,
  [BATON.version]: event.version,
});

const idAttributes = (): Attributes => {
  const { tenant_id, conversation_id, request_id } = currentCallContext() ?? {};
  return {
    ...(tenant_id !== undefined && { [BATON.tenant]: tenant_id }),
    ...(conversation_id !== undefined && { [BATON.conversation]: conversation_id }),
    ...(request_id !== undefined && { [BATON.request]: request_id }),
  };
};
