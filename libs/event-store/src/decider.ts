/**
 * The functional core of an aggregate: three pure functions. No I/O, no clock, no randomness; time, ids
 * and model replies arrive in the command. Source: Jérémie Chassaing, "Functional Event Sourcing Decider".
 */
export interface Decider<C, E, S> {
  initialState(): S;
  /**
   * The facts that follow from a command; `[]` where there is nothing to do.
   * @throws BatonError (`invalid-transition`, `forbidden`, …) where the state refuses the command
   */
  decide(command: C, state: S): readonly E[];
  /** Total: an event it does not know, or that does not fit, leaves the state as it is. */
  evolve(state: S, event: Stamped<E>): S;
}

/** An event with the time it was recorded at. */
export type Stamped<E> = E & { readonly occurred_at: string };

/** An event as the domain sees it: its type and data. */
export interface DomainEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export const fold = <E, S>(
  decider: Pick<Decider<never, E, S>, 'initialState' | 'evolve'>,
  events: readonly Stamped<E>[],
): S => events.reduce((state, event) => decider.evolve(state, event), decider.initialState());
