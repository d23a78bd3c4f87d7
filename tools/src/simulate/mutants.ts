/** A safeguard that can be taken away. */
export const MUTANTS = {
  'no-idempotency-row': 'The idempotency key is neither looked at nor kept',
  'no-expected-version': 'An append does not look at the version of its stream',
  'no-inbox': 'A consumer does not look whether it has handled an event',
  'no-fencing': 'A worker that lost its turn ends the turn that is there now',
  'publish-before-commit': 'An event is published before it is committed',
  'ack-before-commit': 'A message is acknowledged before it is handled',
  'delete-before-puback': 'The outbox forgets an event before JetStream has it',
  'no-republish': 'Nobody reads the log after JetStream lost its data',
} as const;
export type Mutant = keyof typeof MUTANTS;
export const MUTANT_NAMES = Object.keys(MUTANTS) as Mutant[];
export type Mutants = ReadonlySet<Mutant>;

/**
 * Two safeguards that stand behind each other hide the loss of one: the sweep of the log finds what the bus never
 * brought. These are judged without the sweeps, in a world that is right without them as long as the stream lives.
 */
export const JUDGED_WITHOUT_SWEEPS: Mutants = new Set<Mutant>(['ack-before-commit', 'delete-before-puback']);
