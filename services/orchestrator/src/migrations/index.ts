import { Foundation1763800000000 } from './1763800000000-foundation.js';
import { DeadLetterSettlement1763805000000 } from './1763805000000-dead-letter-settlement.js';
import { EarlierReplies1763806000000 } from './1763806000000-earlier-replies.js';
import { BatchedLog1763812000000 } from './1763812000000-batched-log.js';
import { BoundedEarlierReplies1763814000000 } from './1763814000000-bounded-earlier-replies.js';
import { Retention1763815000000 } from './1763815000000-retention.js';
import { EarlierRepliesPlan1763816000000 } from './1763816000000-earlier-replies-plan.js';
import { Approvals1763830000000 } from './1763830000000-approvals.js';
import { Consultations1763836000000 } from './1763836000000-consultations.js';
import { Connections1763820000000 } from './1763820000000-connections.js';

/** Oldest first. */
export const migrations = [
  Foundation1763800000000,
  DeadLetterSettlement1763805000000,
  EarlierReplies1763806000000,
  BatchedLog1763812000000,
  BoundedEarlierReplies1763814000000,
  Retention1763815000000,
  EarlierRepliesPlan1763816000000,
  Connections1763820000000,
  Approvals1763830000000,
  Consultations1763836000000,
];
