import { foldConversation, type StoredEvent } from './conversation-fold.js';

let version = 0;
const event = (type: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  tenant_id: 'default',
  stream_id: 'c1',
  version: (version += 1),
  global_position: version,
  event_id: `evt_${version}`,
  type: `conversation.${type}`,
  turn_id: null,
  turn_number: null,
  attempt: null,
  sink: null,
  agent_id: null,
  handover_id: null,
  required_skills: null,
  owner_epoch: 1,
  at: 0,
  ...more,
});
const received = (turn_number = 1, turn_id = `t-${turn_number}`) =>
  event('message_received', { turn_number, turn_id });
const answered = () => [
  event('started'),
  received(),
  event('turn_started', { turn_number: 1, attempt: 1 }),
  event('turn_completed', { turn_number: 1, attempt: 1, sink: 'FINISH' }),
];
const brokenIn = (events: readonly StoredEvent[]) =>
  foldConversation(events).breaches.map(({ invariant }) => invariant);

describe("the auditor's reading of a conversation", () => {
  beforeEach(() => {
    version = 0;
  });

  it('finds nothing in a turn, a handover and the way back', () => {
    const events = [
      ...answered(),
      event('handed_over', { handover_id: 'ho_1' }),
      received(2),
      event('turn_completed', { turn_number: 2, attempt: 0 }),
      event('assigned', { agent_id: 'ana', owner_epoch: 2 }),
      event('human_message_sent', { agent_id: 'ana', turn_number: 2, turn_id: 'h-1', owner_epoch: 2 }),
      event('returned_to_ai', { owner_epoch: 3 }),
      event('turn_started', { turn_number: 3, attempt: 1, owner_epoch: 3 }),
      event('turn_completed', { turn_number: 3, attempt: 1, sink: 'FINISH', owner_epoch: 3 }),
    ];
    const { conversation, breaches } = foldConversation(events);
    expect(breaches).toEqual([]);
    expect(conversation).toMatchObject({ state: 'FINISHED', owner: 'ai', version: 12, epoch: 3 });
  });

  it('finds a turn that never ended, and one that ended twice', () => {
    expect(brokenIn([event('started'), received()])).toEqual(['I2']);
    version = 0;
    expect(
      brokenIn([...answered(), event('turn_completed', { turn_number: 1, attempt: 1, sink: 'FINISH' })]),
    ).toEqual(['I7', 'I2']);
  });

  it('finds a message that is in the log twice', () => {
    expect(brokenIn([event('started'), received(), received(), ...answered().slice(2)])).toContain('I1');
  });

  it('finds a version that is missing or there twice', () => {
    const [started, ...others] = answered();
    expect(brokenIn([started as StoredEvent, ...others.slice(1)])).toContain('I8');
    expect(brokenIn([started as StoredEvent, started as StoredEvent, ...others])).toContain('I8');
  });

  it('finds an attempt that was overtaken and ended the turn all the same', () => {
    expect(
      brokenIn([
        event('started'),
        received(),
        event('turn_started', { turn_number: 1, attempt: 1 }),
        event('turn_attempt_started', { turn_number: 1, attempt: 2 }),
        event('turn_completed', { turn_number: 1, attempt: 1, sink: 'FINISH' }),
      ]),
    ).toEqual(['I6']);
  });

  it('finds a person who wrote though another had it, and a second owner', () => {
    const handedOver = [...answered(), event('handed_over'), event('assigned', { agent_id: 'ana' })];
    expect(
      brokenIn([...handedOver, event('human_message_sent', { agent_id: 'bob', turn_number: 1 })]),
    ).toEqual(['I6']);
    version = 6;
    expect(brokenIn([...handedOver, event('assigned', { agent_id: 'bob' })])).toEqual(['I7', 'I6']);
  });
});
