import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { EVENTS_STREAM } from '@baton/contracts';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';

import { pause } from '../faults/fault.js';
import { withNats } from '../faults/nats-faults.js';
import type { Scenario, Stage } from './scenario.js';

const QUICK_MS = 30_000;
/** Longer than a consumer of a quiet system needs for one event. */
const HEARD_MS = 5_000;

/** A customer's client that never heard the answer and sends again. */
export const sameKeyTwice: Scenario = {
  name: 'the same message twice',
  restMs: QUICK_MS,
  play: async (stage) => {
    const sent = stage.write('twice', 't-1');
    await stage.answered(sent);
    await stage.post(sent, 5);
    await Promise.all(Array.from({ length: 5 }, () => stage.post(sent)));
  },
};

/** Two processes that write to the same conversations at once. */
export const writersAtOnce: Scenario = {
  name: 'many writers in one conversation',
  restMs: QUICK_MS,
  play: async (stage) => {
    for (let conversation = 0; conversation < 8; conversation += 1) {
      const sent = Array.from({ length: 16 }, (_, turn) => stage.write(`crowd-${conversation}`, `t-${turn}`));
      await Promise.all(sent.map((message) => stage.post(message)));
    }
  },
};

/** The queue hears of an old handover again, after a restart, while the customer waits for a new one. */
export const toldAgain: Scenario = {
  name: 'old news after a restart',
  restMs: 5_000,
  play: async (stage) => {
    const id = 'again';
    await stage.answered(stage.write(id, 't-1', 'person please'));
    await stage.state(id, 'PENDING_HUMAN');
    await queued(stage, id, 1);
    await stage.client.post(`/api/v1/hil/resolve/${id}`, { outcome: 'RESOLVED' });
    await queued(stage, id, 0);
    await stage.answered(stage.write(id, 't-2', 'person please'));
    await queued(stage, id, 1);
    const queue = stage.service('queue-manager');
    const { pid } = queue;
    queue.kill('SIGKILL');
    await stage.until('the queue to be back', () => queue.running && queue.pid !== pid);
    await queue.waitReady();
    await publishAgain(stage, 'handed_over', id);
    await pause(HEARD_MS);
    // Somebody serves the customer, if they are still in the queue.
    const [row] = await stage.system.sql<{ open: number }>(
      `SELECT count(*)::int AS open FROM queue_manager.agent_queue WHERE conversation_id = $1 AND closed_at IS NULL`,
      [id],
    );
    if (row?.open === 1) {
      await stage.client.post(`/api/v1/hil/resolve/${id}`, { outcome: 'RESOLVED' });
      await queued(stage, id, 0);
    }
  },
};

/** A worker that was frozen behind its last step, past its lease; another took the turn over. */
export const overtakenWorker: Scenario = {
  name: 'a worker that was overtaken',
  restMs: QUICK_MS,
  play: async (stage) => {
    const sent = stage.write('overtaken', 't-1');
    const frozen = await stage.hitAt(
      'STALL_AT=turn.before_complete',
      stage.orchestrators,
      () => stage.accepted(sent),
      2,
    );
    const [first, second] = await inOrderOfHit(stage, frozen);
    first?.service.kill('SIGCONT');
    await pause(3_000);
    second?.service.kill('SIGCONT');
    await stage.answered(sent);
  },
};

/** Killed with everything decided and nothing committed. */
export const crashBeforeCommit: Scenario = {
  name: 'killed before the commit',
  restMs: QUICK_MS,
  play: async (stage) => {
    const sent = stage.write('before-commit', 't-1');
    await stage.hitAt('CRASH_AT=store.before_commit', stage.orchestrators, () => stage.accepted(sent));
    await stage.answered(sent);
  },
};

/** Killed in the middle of a turn. */
export const crashInTurn: Scenario = {
  name: 'killed in a turn',
  restMs: 45_000,
  play: async (stage) => {
    const sent = stage.write('in-turn', 't-1');
    await stage.hitAt('CRASH_AT=turn.after_start', stage.orchestrators, () => stage.accepted(sent));
  },
};

/** Killed with events in hand that nobody was told of. */
export const crashBeforePublish: Scenario = {
  name: 'killed before publishing',
  restMs: QUICK_MS,
  play: async (stage) => {
    const sent = stage.write('before-publish', 't-1');
    await stage.hitAt('CRASH_AT=relay.before_publish', stage.orchestrators, () => stage.accepted(sent));
    await stage.answered(sent);
  },
};

/** JetStream forgets what one consumer had not had yet. */
export const streamLost: Scenario = {
  name: 'a stream lost before it was read',
  restMs: 25_000,
  play: async (stage) => {
    const memory = stage.service('memory-worker');
    // Not frozen: what the server had sent would wait in its socket.
    await memory.stop();
    const sent = Array.from({ length: 5 }, (_, each) => stage.write(`forgotten-${each}`, 't-1'));
    await Promise.all(sent.map((message) => stage.answered(message)));
    const { nats } = stage.system;
    await stage.system.down(nats);
    await rm(join(nats.dataDir, 'jetstream'), { recursive: true, force: true });
    await nats.ensureRunning();
    await memory.restart();
  },
};

const queued = (stage: Stage, conversationId: string, count: number): Promise<unknown> =>
  stage.until(`${conversationId} to wait ${count} times`, async () => {
    const [row] = await stage.system.sql<{ open: number }>(
      `SELECT count(*)::int AS open FROM queue_manager.agent_queue WHERE conversation_id = $1 AND closed_at IS NULL`,
      [conversationId],
    );
    return row?.open === count;
  });

/** The latest event of this name in the conversation, delivered once more under an id that is new to JetStream. */
const publishAgain = (stage: Stage, name: string, conversationId: string): Promise<unknown> =>
  stage.until('the event to be published again', async () => {
    const sequence = await withNats(stage.system, async (nats) => {
      const manager = await jetstreamManager(nats);
      const { state } = await manager.streams.info(EVENTS_STREAM);
      for (let seq = state.last_seq; seq >= state.first_seq; seq -= 1) {
        const message = await manager.streams.getMessage(EVENTS_STREAM, { seq }).catch(() => null);
        if (!message?.subject.endsWith(`.${conversationId}.${name}`)) continue;
        const copy = headers();
        for (const [key, values] of message.header) {
          if (key.toLowerCase() !== 'nats-msg-id') for (const value of values) copy.append(key, value);
        }
        return (
          await jetstream(nats).publish(message.subject, message.data, {
            headers: copy,
            msgID: `again-${seq}`,
          })
        ).seq;
      }
      return undefined;
    });
    return sequence !== undefined;
  });

/** Who was frozen first has the older attempt. */
const inOrderOfHit = async <T extends { readonly pid: number }>(
  stage: Stage,
  frozen: readonly T[],
): Promise<T[]> => {
  const times = await Promise.all(
    frozen.map(async (each) => ({ each, at: await stage.system.hitAt(each.pid) })),
  );
  return times.sort((one, other) => one.at - other.at).map(({ each }) => each);
};
