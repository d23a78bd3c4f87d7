import type { Grandfathered } from './lint.js';

const EMPTY = 'From before the first release: no database that it ran on had rows for it to hold up';

/** Migrations from before this lint, and why what they do may stay. Nothing is added here: a new one says `allows` itself. */
export const GRANDFATHERED: readonly Grandfathered[] = [
  ...[
    'DeadLetterSettlement1763805000000',
    'Retention1763815000000',
    'RoutingWishes1763900100000',
    'Ownership1763900200000',
    'UsageCacheCancelled1763901000000',
    'CallsByTimeOnly1763902000000',
  ].map((migration): Grandfathered => ({ migration, rules: ['locks-writes'], reason: EMPTY })),
  { migration: 'TurnRecall1763810000000', rules: ['locks-writes', 'changes-every-row'], reason: EMPTY },
];
