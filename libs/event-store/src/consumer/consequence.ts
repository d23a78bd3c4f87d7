import { runWithCallContext } from '@baton/bus';
import type { RecordedEvent } from '@baton/contracts';
import { BATON_ATTRIBUTES, currentTraceparent, isTracing, spanContextOf, spanned } from '@baton/service';

/**
 * Handles an event in the trace that it belongs to. A message makes its consumer read what is missing before it: that
 * is the consequence of other work, and what brought it here is only linked.
 */
export const asItsConsequence = <T>(
  consumer: string,
  { type, metadata: { traceparent } }: RecordedEvent,
  work: () => Promise<T>,
): Promise<T> => {
  const heardIn = currentTraceparent();
  const own = spanContextOf(traceparent);
  if (traceparent === undefined || !own || own.traceId === spanContextOf(heardIn)?.traceId) return work();
  if (!isTracing()) return runWithCallContext({ traceparent }, work);
  return spanned(
    `catch up ${type}`,
    { parent: traceparent, links: [heardIn], attributes: { [BATON_ATTRIBUTES.inbox]: consumer } },
    work,
  );
};
