import type { BusClient, BusObserver, ConsumerLag } from '@baton/bus';

import type { Clock } from './clock.js';
import type { Metrics } from './metrics.js';

const LAG_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Counts what the bus does, and lets it count deadlines on the clock that all processes share. */
export const instrumentBus = (bus: BusClient, metrics: Metrics, clock: Clock): void => {
  bus.useClock(() => clock.nowMs());
  bus.observe(busObserver(metrics));
  lagGauges(bus, metrics);
};

const lagGauges = (bus: BusClient, metrics: Metrics): void => {
  const gauge = (name: string, help: string, read: (lag: ConsumerLag) => number): void =>
    metrics.looked(name, help, ['consumer'], async () =>
      (await bus.consumerLag()).map((lag) => ({ labels: { consumer: lag.consumer }, value: read(lag) })),
    );
  gauge('baton_consumer_pending_events', 'Events that nobody was given yet', (lag) => lag.pending);
  gauge(
    'baton_consumer_unacknowledged_events',
    'Events that somebody has and is not done with',
    (lag) => lag.unacknowledged,
  );
};

const busObserver = (metrics: Metrics): BusObserver => {
  const sent = metrics.histogram('baton_requests_sent_seconds', 'Requests to other services', [
    'pattern',
    'code',
  ]);
  const handled = metrics.histogram('baton_requests_handled_seconds', 'Requests answered', [
    'pattern',
    'code',
  ]);
  const events = metrics.histogram('baton_events_handled_seconds', 'Events handled', ['consumer', 'outcome']);
  const lag = metrics.histogram(
    'baton_event_lag_seconds',
    'From when an event was recorded to when it was handled',
    ['consumer'],
    LAG_BUCKETS_S,
  );
  const inFlight = metrics.gauge('baton_events_in_flight', 'Events being handled now', ['consumer']);
  const connected = metrics.gauge('baton_nats_connected', '1 while NATS is connected');
  return {
    requestSent: (pattern, code, ms) => sent.observe({ pattern, code }, ms / 1000),
    requestHandled: (pattern, code, ms, traceparent) =>
      handled.observe({ pattern, code }, ms / 1000, traceparent),
    eventHandled: (consumer, outcome, ms, traceparent) =>
      events.observe({ consumer, outcome }, ms / 1000, traceparent),
    eventLag: (consumer, ms) => lag.observe({ consumer }, Math.max(0, ms) / 1000),
    inFlight: (consumer, count) => inFlight.set({ consumer }, count),
    connection: (isConnected) => connected.set(isConnected ? 1 : 0),
  };
};
