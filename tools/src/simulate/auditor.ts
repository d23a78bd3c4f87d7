import type { RecordedEvent } from '@baton/contracts';
import { EventStore, Keyring, LocalKeySource } from '@baton/event-store';
import type { MemoryDatabase } from '@baton/event-store/testing';

import { auditConversation } from './audit-conversation.js';
import { auditAgent, auditQueue } from './audit-queue.js';
import type { Ledger } from './ledger.js';
import type { World } from './world.js';
import { SERVICES, TALLIED } from './services.js';

/** What a log holds of one kind of stream, personal fields opened, by stream id. */
export type Streams = ReadonlyMap<string, readonly RecordedEvent[]>;

/**
 * The verdict: the ledger that clients kept, against the logs as they are at the end. It asks no service and uses no
 * decider; what it finds wrong is a breach of the invariant that reliability.md names so.
 */
export const audit = async (world: World, ledger: Ledger, kek: Buffer): Promise<void> => {
  const breach = (invariant: string, what: string): void => ledger.breach(invariant, what);
  const { orchestrator, 'memory-worker': memory, 'queue-manager': queue, tally } = world.databases;
  const keyring = new Keyring(new LocalKeySource(orchestrator, kek));
  const conversations = await streamsOf(orchestrator, 'conversation', keyring);
  for (const [id, events] of conversations)
    auditConversation(id, events, orchestrator.log.row('conversations', 'acme', id), ledger, world.writers);
  auditAcknowledged(conversations, ledger);
  auditMemory(conversations, await streamsOf(memory, 'memory', keyring), breach);
  auditTally(conversations, await streamsOf(tally, 'tally', keyring), breach);
  for (const [id, events] of await streamsOf(queue, 'human_agent', keyring)) auditAgent(id, events, breach);
  for (const [id, events] of await streamsOf(queue, 'queue_item', keyring)) auditQueue(id, events, breach);
  auditRuns(conversations, orchestrator, breach);
  auditPurchases(world, breach);
  for (const service of SERVICES) {
    const { log, statements } = world.databases[service];
    if (log.outbox.size > 0) breach('I9', `${log.outbox.size} events of ${service} were never published`);
    for (const letter of statements.deadLetters)
      breach('liveness', `${letter.consumer} parked ${letter.streamId}@${letter.version}: ${letter.reason}`);
    for (const events of log.allStreams()) gapless(events as unknown as readonly RecordedEvent[], breach);
  }
};

type Breach = (invariant: string, what: string) => void;

const streamsOf = async (database: MemoryDatabase, type: string, keyring: Keyring): Promise<Streams> => {
  const store = new EventStore(database, keyring, { newEventId: () => '' });
  const streams = new Map<string, readonly RecordedEvent[]>();
  for (const events of database.log.allStreams()) {
    const [first] = events;
    if (first?.stream_type !== type) continue;
    const ref = { tenantId: first.tenant_id, streamType: type, streamId: first.stream_id };
    streams.set(first.stream_id, await store.readStream(ref, { limit: 100_000 }));
  }
  return streams;
};

/** I8: versions 1 to n. */
const gapless = (events: readonly RecordedEvent[], breach: Breach): void => {
  events.forEach(({ stream_type, stream_id, version }, index) => {
    if (version !== index + 1)
      breach('I8', `${stream_type}/${stream_id} has version ${version} at place ${index + 1}`);
  });
};

/** I1: what was acknowledged is there, once, where the client was told; what was never said is not. */
const auditAcknowledged = (conversations: Streams, ledger: Ledger): void => {
  const found = new Map<string, { turn: number; times: number; content: unknown }>();
  for (const events of conversations.values()) {
    for (const { type, data } of events) {
      if (type !== 'conversation.message_received') continue;
      const turn_id = String(data['turn_id']);
      const times = (found.get(turn_id)?.times ?? 0) + 1;
      found.set(turn_id, { turn: Number(data['turn_number']), times, content: data['content'] });
    }
  }
  for (const [turn_id, { said, turnNumber }] of ledger.acknowledged) {
    const there = found.get(turn_id);
    if (!there) ledger.breach('I1', `${said.conversation_id}: ${turn_id} was acknowledged and is lost`);
    else if (there.turn !== turnNumber)
      ledger.breach('I1', `${turn_id} was said to join turn ${turnNumber} and is in turn ${there.turn}`);
  }
  for (const [turn_id, { times, content }] of found) {
    if (times > 1) ledger.breach('I1', `${turn_id} was taken in ${times} times`);
    if (ledger.everSaid.get(turn_id)?.message !== content)
      ledger.breach('I1', `${turn_id} says "${String(content)}", which nobody said`);
  }
};

/** I4: one memory for each turn that ended, and none for any other. */
const auditMemory = (conversations: Streams, memories: Streams, breach: Breach): void => {
  for (const [id, events] of conversations) {
    const ended = events.filter(({ type }) => type === 'conversation.turn_completed').map(turnOf);
    const remembered = (memories.get(id) ?? [])
      .filter(({ type }) => type === 'memory.turn_remembered')
      .map(turnOf);
    for (const turn of new Set([...ended, ...remembered])) {
      const times = remembered.filter((each) => each === turn).length;
      if (times !== 1 || !ended.includes(turn))
        breach('I4', `${id}: turn ${turn} is remembered ${times} times`);
    }
  }
};

const turnOf = ({ data }: RecordedEvent): number => Number(data['turn_number']);

/** I4 in the shadow: the inbox alone keeps these effects from happening twice, or for what never happened. */
const auditTally = (conversations: Streams, effects: Streams, breach: Breach): void => {
  const times = new Map<string, number>();
  for (const [effect] of effects.values()) {
    const cause = String(effect?.metadata.causation_id);
    times.set(cause, (times.get(cause) ?? 0) + 1);
  }
  for (const [id, events] of conversations) {
    for (const { event_id, type, version } of events) {
      if (!TALLIED.includes(type)) continue;
      const count = times.get(event_id) ?? 0;
      if (count !== 1) breach('I4', `${id}@${version} (${type}) had its effect ${count} times`);
      times.delete(event_id);
    }
  }
  for (const cause of times.keys()) breach('I4', `${cause} had an effect and was never committed`);
};

const ENDS_OF_RUNS = ['run.completed', 'run.failed', 'run.cancelled'];

/** I6: a run ends once, and a turn is answered by the run that it names. */
const auditRuns = (conversations: Streams, database: MemoryDatabase, breach: Breach): void => {
  const ends = new Map<string, string[]>();
  for (const events of database.log.allStreams()) {
    const [first] = events;
    if (first?.stream_type !== 'run') continue;
    const ended = events.map(({ type }) => type).filter((type) => ENDS_OF_RUNS.includes(type));
    ends.set(first.stream_id, ended);
    if (ended.length > 1) breach('I6', `${first.stream_id} ended ${ended.length} times: ${ended.join(', ')}`);
  }
  for (const [id, events] of conversations)
    for (const { type, data } of events) {
      if (type !== 'conversation.turn_completed' || data['run_id'] === null || !data['reply']) continue;
      const ended = ends.get(data['run_id'] as string) ?? [];
      if (!ended.includes('run.completed'))
        breach(
          'I6',
          `${id}: turn ${turnOf({ data } as RecordedEvent)} has an answer that is not of its run, which ${ended[0] ?? 'has no end'}`,
        );
    }
};

/** I5: what a run asks for once is bought once, however often it was tried; a person may order another run. */
const auditPurchases = ({ outside }: World, breach: Breach): void => {
  const keys = new Map<string, number>();
  for (const [key, { what }] of outside.bought) {
    const asked = `"${what}" of ${key.split(':')[0]}`;
    keys.set(asked, (keys.get(asked) ?? 0) + 1);
  }
  for (const [asked, times] of keys) if (times > 1) breach('I5', `${asked} was bought ${times} times`);
};
