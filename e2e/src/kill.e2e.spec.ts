import type { EventView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Api } from './api.js';

const QUESTION = 'How long do I have to return an item?';

/** Where a service dies, and in which one. */
const CRASHES = [
  ['orchestrator', 'store.before_commit', 2],
  ['orchestrator', 'accept.after_commit', 2],
  ['orchestrator', 'turn.after_start', 1],
  ['orchestrator', 'turn.before_complete', 1],
  ['orchestrator', 'turn.after_complete', 1],
  ['orchestrator', 'relay.after_publish', 3],
  ['memory-worker', 'store.before_commit', 1],
  ['memory-worker', 'store.after_commit', 1],
  ['memory-worker', 'relay.after_publish', 1],
  ['queue-manager', 'store.before_commit', 3],
  ['queue-manager', 'store.after_commit', 3],
  ['queue-manager', 'relay.after_publish', 1],
] as const;

describe.each(CRASHES)('kill -9 of the %s at %s', (service, point, hit) => {
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    baton = await startBaton({ firstLifeEnv: { [service]: { CRASH_AT: `${point}:${hit}` } } });
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(() => baton.stop());

  it('leaves every accepted turn answered once, remembered once, and offered', async () => {
    const firstLife = baton.services[service].pid;
    // The agent may have to be created more than once: the service that does it is the one that dies.
    await waitFor(
      () =>
        api.agent('ana').then(
          () => true,
          () => false,
        ),
      { what: 'an agent', timeoutMs: 60_000 },
    );
    const answered = ['a', 'b', 'c'];
    await Promise.all(answered.map((id) => api.sayUntilAccepted(id, 't-1', QUESTION)));
    await api.sayUntilAccepted('person', 't-1', 'I want to talk to a person');

    for (const id of answered) await api.state(id, 'FINISHED', 90_000);
    await api.state('person', 'PENDING_HUMAN', 90_000);
    await api.offer('ana', 'person', 90_000);

    for (const id of answered) {
      expect(terminal(await api.events(id))).toHaveLength(1);
      expect((await api.messages(id)).map((message) => message.role)).toEqual(['user', 'assistant']);
    }
    for (const id of [...answered, 'person']) {
      await waitFor(
        async () => {
          const { body } = await api.get<{ memories: { kind: string }[] }>(
            `/api/v1/conversations/${id}/memory`,
          );
          return body.memories.filter((memory) => memory.kind === 'turn').length === 1;
        },
        { what: `the memory of ${id}`, timeoutMs: 90_000 },
      );
    }
    await waitFor(() => baton.services[service].running && baton.services[service].pid !== firstLife, {
      what: `the ${service} to have died and come back`,
      timeoutMs: 60_000,
    });
  }, 240_000);
});

const terminal = (events: readonly EventView[]): EventView[] =>
  events.filter((event) => event.type === 'conversation.turn_completed');
