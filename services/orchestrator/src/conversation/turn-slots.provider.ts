import type { Clock, Health, Metrics } from '@baton/service';

import type { OrchestratorConfig } from '../config.js';
import { TurnSlots } from './turn-slots.js';

const DELAY_BUCKETS_S = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The slots of this process, with what an operator wants to see of them. */
export const turnSlots = (
  config: OrchestratorConfig,
  clock: Clock,
  health: Health,
  metrics: Metrics,
): TurnSlots => {
  const delay = metrics.histogram(
    'baton_turn_delay_seconds',
    'From when a turn was due to when it began',
    [],
    DELAY_BUCKETS_S,
  );
  const refused = metrics.counter('baton_calls_refused_total', 'Calls that were not tried', [
    'dependency',
    'reason',
  ]);
  const slots = new TurnSlots({
    limit: config.BATON_TURN_CONCURRENCY,
    longestDelayMs: config.BATON_MAX_TURN_DELAY_MS,
    now: () => clock.nowMs(),
    isDraining: () => health.draining,
    onBegun: (lateMs) => delay.observe(lateMs / 1000),
    onRefused: () => refused.inc({ dependency: 'turns', reason: 'slow' }),
  });
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.sampled(name, help, [], () => [{ labels: {}, value: read() }]);
  gauge('baton_turns_running', 'AI turns under way in this process', () => slots.running);
  gauge('baton_turns_waiting', 'AI turns that wait for a slot in this process', () => slots.queued);
  gauge('baton_turns_overloaded', '1 while no further turn is promised', () => Number(slots.isOverloaded));
  return slots;
};
