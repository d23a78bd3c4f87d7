import { DeciderSpecification, type SpecifiedDecider } from './decider-specification.js';

type Event = { type: 'Opened' } | { type: 'Closed'; by: string } | { type: 'Jammed' };
type Command = { type: 'Open' } | { type: 'Close'; by: string } | { type: 'Jam' };
type State = 'open' | 'closed';

class DoorError extends Error {
  readonly code = 'DOOR.IS_OPEN';
}

const door: SpecifiedDecider<Command, Event, State> = {
  initialState: () => 'closed',
  decide: (command, state) => {
    if (command.type === 'Jam') return [{ type: 'Jammed' }];
    if (command.type === 'Close') return state === 'open' ? [{ type: 'Closed', by: command.by }] : [];
    if (state === 'open') throw new DoorError('The door is open already');
    return [{ type: 'Opened' }];
  },
  evolve: (_state, event) => {
    if (event.type === 'Jammed') throw new Error('evolve does not know Jammed');
    return event.type === 'Opened' ? 'open' : 'closed';
  },
};

const given = DeciderSpecification.for(door);

describe('DeciderSpecification', () => {
  it('passes when the command leads to exactly the expected events', () => {
    given([{ type: 'Opened' }])
      .when({ type: 'Close', by: 'Ana' })
      .then([{ type: 'Closed', by: 'Ana' }]);
  });

  it('fails when an event differs in its data', () => {
    const decision = given([{ type: 'Opened' }]).when({ type: 'Close', by: 'Ana' });
    expect(() => decision.then([{ type: 'Closed', by: 'Bob' }])).toThrow();
  });

  it('fails when there is one event more or less', () => {
    const decision = given([]).when({ type: 'Open' });
    expect(() => decision.thenNothing()).toThrow();
    expect(() => decision.then([{ type: 'Opened' }, { type: 'Opened' }])).toThrow();
  });

  it('fails when evolve does not take what decide gave', () => {
    expect(() =>
      given([])
        .when({ type: 'Jam' })
        .then([{ type: 'Jammed' }]),
    ).toThrow('evolve does not know Jammed');
  });

  it('stays quiet about a command that leads to nothing', () => {
    given([]).when({ type: 'Close', by: 'Ana' }).thenNothing();
  });

  it('knows a refusal by class, message or properties', () => {
    const refused = given([{ type: 'Opened' }]).when({ type: 'Open' });
    refused.thenThrows();
    refused.thenThrows(DoorError);
    refused.thenThrows(/open already/);
    refused.thenThrows({ code: 'DOOR.IS_OPEN' });
  });

  it('fails when the refusal is another one', () => {
    const refused = given([{ type: 'Opened' }]).when({ type: 'Open' });
    expect(() => refused.thenThrows(TypeError)).toThrow('Expected a TypeError');
    expect(() => refused.thenThrows(/locked/)).toThrow();
    expect(() => refused.thenThrows({ code: 'DOOR.IS_LOCKED' })).toThrow();
  });

  it('fails when nothing is refused', () => {
    expect(() => given([]).when({ type: 'Open' }).thenThrows()).toThrow('Expected a refusal');
  });
});
