import { z } from 'zod';

import { currentTraceparent } from './tracing.js';

/** Those outside Baton whom a `traceparent` may be sent to. */
const RECEIVERS = ['webhooks', 'tools', 'models'] as const;
export type TraceReceiver = (typeof RECEIVERS)[number];

/** Vendors of models learn nothing that they have no use for. */
const USUAL: readonly TraceReceiver[] = ['webhooks', 'tools'];

/** `BATON_TRACEPARENT_TO`: a list of receivers, or `none`. */
export const traceReceiversVariable = z
  .string()
  .refine(
    (list) => list === 'none' || list.split(',').every((name) => RECEIVERS.some((each) => each === name)),
    `must be none, or of ${RECEIVERS.join(', ')}, comma-separated`,
  )
  .transform((list) => RECEIVERS.filter((name) => list.split(',').includes(name)))
  .default([...USUAL]);

let receivers: readonly TraceReceiver[] = USUAL;

/** Says for the whole process who gets a `traceparent`. */
export const sendTracesTo = (chosen: readonly TraceReceiver[]): void => {
  receivers = chosen;
};

/**
 * The header that lets a receiver go on with the trace of the work at hand, where it is to get one: random numbers, and no
 * `tracestate` nor `baggage`, which may say more.
 */
export const traceHeaders = (
  receiver: TraceReceiver,
  traceparent = currentTraceparent(),
): { readonly traceparent?: string } =>
  traceparent !== undefined && receivers.includes(receiver) ? { traceparent } : {};

/** A `fetch` for libraries that take one; undefined where the receiver gets no header and the library's own will do. */
export const tracedFetch = (receiver: TraceReceiver): typeof fetch | undefined =>
  receivers.includes(receiver)
    ? (input, init) => {
        const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
        for (const [name, value] of Object.entries(traceHeaders(receiver))) headers.set(name, value);
        return fetch(input, { ...init, headers });
      }
    : undefined;
