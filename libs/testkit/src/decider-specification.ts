import assert from 'node:assert/strict';

/** The three pure functions under test; `Decider` of the event store has this shape. */
export interface SpecifiedDecider<C, E, S> {
  initialState(): S;
  decide(command: C, state: S): readonly E[];
  evolve(state: S, event: E): S;
}

// A class whose constructor takes anything: what `instanceof` needs.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type ErrorClass = abstract new (...args: any[]) => Error;

/** What a refusal looks like: its class, a part of its message, or some of its properties (`{ code: '…' }`). */
export type ExpectedError = ErrorClass | RegExp | Readonly<Record<string, unknown>>;

export interface DecisionSpecification<E> {
  /** The command leads to exactly these events, and `evolve` takes them. */
  then(expected: readonly E[]): void;
  /** The command is refused; with `expected`, in this way. */
  thenThrows(expected?: ExpectedError): void;
  /** The command is fine and leads to no event. */
  thenNothing(): void;
}

export interface StateSpecification<C, E> {
  when(command: C): DecisionSpecification<E>;
}

/**
 * Given what has happened, when a command comes, then these events follow: the specification of a decider.
 *
 *     const given = DeciderSpecification.for(conversationDecider);
 *     given([received]).when(handOver).then([handedOver]);
 */
export const DeciderSpecification = {
  for:
    <C, E, S>(decider: SpecifiedDecider<C, E, S>) =>
    (history: readonly E[]): StateSpecification<C, E> => ({
      when: (command) => new Decision(decider, history, command),
    }),
};

class Decision<C, E, S> implements DecisionSpecification<E> {
  constructor(
    private readonly decider: SpecifiedDecider<C, E, S>,
    private readonly history: readonly E[],
    private readonly command: C,
  ) {}

  then(expected: readonly E[]): void {
    const state = this.given();
    const events = this.decider.decide(this.command, state);
    assert.deepStrictEqual([...events], [...expected]);
    this.evolved(state, events);
  }

  thenThrows(expected?: ExpectedError): void {
    const state = this.given();
    let events: readonly E[];
    try {
      events = this.decider.decide(this.command, state);
    } catch (error) {
      if (expected !== undefined) assertMatches(error, expected);
      return;
    }
    assert.fail(`Expected a refusal, but the command led to ${JSON.stringify(events)}`);
  }

  thenNothing(): void {
    this.then([]);
  }

  private given(): S {
    return this.evolved(this.decider.initialState(), this.history);
  }

  private evolved(state: S, events: readonly E[]): S {
    return events.reduce((current, event) => this.decider.evolve(current, event), state);
  }
}

const isErrorClass = (expected: ExpectedError): expected is ErrorClass => typeof expected === 'function';

const assertMatches = (error: unknown, expected: ExpectedError): void => {
  if (isErrorClass(expected)) {
    assert.ok(error instanceof expected, `Expected a ${expected.name}, but got ${String(error)}`);
    return;
  }
  if (expected instanceof RegExp) {
    assert.match(error instanceof Error ? error.message : String(error), expected);
    return;
  }
  const actual = error as Record<string, unknown>;
  const seen = Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]]));
  assert.deepStrictEqual(seen, { ...expected });
};
