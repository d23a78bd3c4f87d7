import type { ChaosSystem } from '../system.js';
import { delayed, duplicated, poisoned, reordered } from './delivery-faults.js';
import type { Fault } from './fault.js';
import {
  consumerDeleted,
  deliveriesDropped,
  natsDownLong,
  natsEmptied,
  natsFrozen,
  natsKilled,
  natsPowerCut,
  streamDeleted,
} from './nats-faults.js';
import {
  answersLost,
  backendKilled,
  backendsTerminated,
  committedLate,
  connectionsExhausted,
  diskFull,
  postgresImmediate,
  postgresPowerCut,
  postgresRestarted,
  postmasterKilled,
} from './postgres-faults.js';
import { redisAbsent, redisFlushed, redisFrozen, redisKilled } from './redis-faults.js';
import { allKilled, CrashPointFaults, killed, restarted, skewed, stalled } from './service-faults.js';
import { handoverStorm, modelFaults, overload, rebuilt, toolFaults } from './surroundings.js';

/** Every fault that the harness knows. */
export const allFaults = (crashPoints: (system: ChaosSystem) => readonly string[]): Fault[] => [
  ...[killed, allKilled, stalled, restarted, ...new CrashPointFaults(crashPoints).faults],
  ...[postgresRestarted, postgresImmediate, postmasterKilled, backendsTerminated, backendKilled],
  ...[connectionsExhausted, answersLost, committedLate, postgresPowerCut, diskFull],
  ...[natsKilled, natsFrozen, natsDownLong, natsEmptied, natsPowerCut],
  ...[streamDeleted, consumerDeleted, deliveriesDropped],
  ...[redisFlushed, redisKilled, redisFrozen, redisAbsent],
  ...[duplicated, reordered, delayed, poisoned],
  ...modelFaults,
  ...toolFaults,
  ...[overload, handoverStorm, rebuilt, skewed],
];
