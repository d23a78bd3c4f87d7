import { z } from 'zod';

import { Timestamp } from '../time.js';
import { defineRequest } from './define-request.js';

/** Sent to every process of every service: each answers on `reply_to` with how it is. */
export const ProcessLook = z.object({ reply_to: z.string() });
export type ProcessLook = z.infer<typeof ProcessLook>;

/** `degraded`: missed, and done without. */
export const DEPENDENCY_STATES = ['up', 'degraded', 'down'] as const;

/** How one process sees itself and what it depends on. */
export const ProcessReport = z.object({
  service: z.string(),
  /** Names this life of the process: its host and its number there. */
  process: z.string(),
  started_at: Timestamp,
  checks: z.array(
    z.object({ name: z.string(), status: z.enum(DEPENDENCY_STATES), message: z.string().nullable() }),
  ),
  /** Gauges of its `/metrics`, those that an operator looks at first. */
  gauges: z.array(
    z.object({ name: z.string(), labels: z.record(z.string(), z.string()), value: z.number() }),
  ),
  /** How long the promised things took lately; those that this process does. */
  latencies: z.array(
    z.object({
      promise: z.string(),
      /** Cumulative, as Prometheus counts: how many took at most `le` seconds; `null` is any. */
      buckets: z.array(z.object({ le: z.number().nullable(), count: z.number() })),
    }),
  ),
});
export type ProcessReport = z.infer<typeof ProcessReport>;

/** One thing that Baton promises to do in time, and which series says whether it does. */
export interface LatencyPromise {
  readonly metric: string;
  /** Only series with these labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly within_seconds: number;
  /** For how many of them; the alert of the same promise asks for the same. */
  readonly quantile: number;
  readonly alert: string;
}

/** The promises, as `deploy/k8s/baton/rules` alerts on them. */
export const LATENCY_PROMISES = {
  notification: {
    metric: 'baton_staff_delivery_seconds',
    labels: {},
    within_seconds: 0.5,
    quantile: 0.99,
    alert: 'BatonNotificationsLate',
  },
  offer: {
    metric: 'baton_queue_handover_to_offer_seconds',
    labels: {},
    within_seconds: 0.5,
    quantile: 0.99,
    alert: 'BatonOffersLate',
  },
  answer: {
    metric: 'baton_turn_answer_seconds',
    labels: { outcome: 'finish' },
    within_seconds: 10,
    quantile: 0.95,
    alert: 'BatonAnswersLate',
  },
  history: {
    metric: 'baton_http_request_seconds',
    labels: { method: 'GET', route: '/api/v1/conversations/:id/messages' },
    within_seconds: 1,
    quantile: 0.99,
    alert: 'BatonHistorySlow',
  },
} as const satisfies Readonly<Record<string, LatencyPromise>>;
export type PromiseName = keyof typeof LATENCY_PROMISES;
export const PROMISE_NAMES = Object.keys(LATENCY_PROMISES) as readonly PromiseName[];

/** How far back {@link ProcessReport} `latencies` look. */
export const LATENCY_WINDOW_SECONDS = 300;

/** A turn is stuck when it has not begun so long after it was due, or is played for so long. */
export const STUCK_AFTER_SECONDS = { COLLECTING: 30, PROCESSING: 120 } as const;

export interface StuckTurn {
  readonly conversation_id: string;
  readonly turn_number: number;
  readonly status: 'COLLECTING' | 'PROCESSING';
  readonly run_id: string | null;
  readonly attempts: number;
  readonly received_at: string;
  readonly due_at: string;
  /** Null while it has not begun. */
  readonly started_at: string | null;
}

/** The AI's work of one tenant that is not over. */
export interface OpenWork {
  readonly turns: {
    /** Waiting for their quiet window, or for somebody to play them. */
    readonly collecting: number;
    readonly processing: number;
    readonly oldest_received_at: string | null;
  };
  /** The longest first. */
  readonly stuck: readonly StuckTurn[];
  /** All of them, also those that `stuck` has no room for. */
  readonly stuck_count: number;
  /** Runs without a conversation that are played; those whose player has had no pulse for a while are among them. */
  readonly runs: { readonly running: number; readonly silent: number };
}

export const operationsRequests = {
  openWork: defineRequest<OpenWork>()('operations.open-work', z.object({})),
} as const;
