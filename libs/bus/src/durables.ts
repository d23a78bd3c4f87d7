import type { EventsOptions } from './decorators.js';

/** One durable consumer of JetStream. */
export interface Durable {
  /** Its name there, and what is logged, measured and dead-lettered under. */
  readonly name: string;
  readonly subject: string;
  readonly maxInFlight?: number;
  /** The durable that read for this consumer before there were several. */
  readonly replaces?: string;
}

/** The durables behind a handler: one, or one for each of its subjects. */
export const durablesOf = ({ consumer, subject, maxInFlight }: EventsOptions): Durable[] => {
  const common = maxInFlight === undefined ? {} : { maxInFlight };
  if (typeof subject === 'string') return [{ ...common, name: consumer, subject }];
  return subject.map((each) => ({
    ...common,
    name: `${consumer}-${each.slice(each.lastIndexOf('.') + 1)}`,
    subject: each,
    replaces: consumer,
  }));
};
