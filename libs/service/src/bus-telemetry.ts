import type { BusClient, BusObserver } from '@baton/bus';

import type { Clock } from './clock.js';
import type { Metrics } from './metrics.js';

/** Counts what the bus does, and lets it count deadlines on the clock that all processes share. */
export const instrumentBus = (bus: BusClient, metrics: Metrics, clock: Clock): void => {
  bus.useClock(() => clock.nowMs());
  bus.observe(busObserver(metrics));
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
  const inFlight = metrics.gauge('baton_events_in_flight', 'Events being handled now', ['consumer']);
  const connected = metrics.gauge('baton_nats_connected', '1 while NATS is connected');
  return {
    requestSent: (pattern, code, ms) => sent.observe({ pattern, code }, ms / 1000),
    requestHandled: (pattern, code, ms) => handled.observe({ pattern, code }, ms / 1000),
    eventHandled: (consumer, outcome, ms) => events.observe({ consumer, outcome }, ms / 1000),
    inFlight: (consumer, count) => inFlight.set({ consumer }, count),
    connection: (isConnected) => connected.set(isConnected ? 1 : 0),
  };
};
