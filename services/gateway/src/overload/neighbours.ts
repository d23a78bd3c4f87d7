import type { RequestRule } from '@baton/service';

import type { GatewayConfig } from '../config.js';

/** A service that is just restarting is waited for; so is the end of a burst. */
const PATIENCE_MS = 2000;
/** What waits behind a queue that stands would be answered too late. */
const STANDING_PATIENCE_MS = 100;

/**
 * How much of the other services' time this process takes at once. No breaker: a service that is away is waited
 * for by its requests, and whether one that answers with errors should be asked is not for the gateway to judge.
 */
export const neighbours = (config: GatewayConfig): RequestRule[] => {
  const { BATON_MAX_REQUESTS_IN_FLIGHT: limit, BATON_MAX_REQUESTS_WAITING: queue } = config;
  const options = {
    limit,
    queue,
    patienceMs: PATIENCE_MS,
    standingPatienceMs: STANDING_PATIENCE_MS,
    breaker: false,
  } as const;
  return [
    // They wait for a run to end: many at once are little work.
    { dependency: 'orchestrator runs', patterns: ['workflow.execute', 'agent.execute'], options },
    { dependency: 'queue-manager', patterns: ['human-agent', 'queue', 'offer'], options },
    { dependency: 'memory-worker', patterns: ['memory', 'knowledge', 'analytics'], options },
    { dependency: 'llm-router', patterns: ['llm'], options },
    // Who looks whether all is well must not wait behind those for whom it is not.
    { dependency: 'operations', patterns: ['operations', 'dead-letter'], options },
    // What the gateway reads of its own accord takes no caller's room.
    { dependency: 'logs', patterns: ['event-log'], options },
    { dependency: 'orchestrator', patterns: ['*'], options },
  ];
};
