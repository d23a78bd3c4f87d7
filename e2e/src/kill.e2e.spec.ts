import type { EventView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Api } from './api.js';

const QUESTION = 'How long do I have to return an item?';

/** Where each service dies in its first life: three deaths a run. */
const CRASHES = [
  {
    orchestrator: 'store.before_commit:3',
    'memory-worker': 'store.before_commit:1',
    'queue-manager': 'store.before_commit:3',
  },
  {
    orchestrator: 'accept.after_commit:2',
    'memory-worker': 'store.after_commit:1',
    'queue-manager': 'store.after_commit:3',
  },
  {
    orchestrator: 'turn.after_start:1',
    'memory-worker': 'relay.after_publish:1',
    'queue-manager': 'relay.after_publish:1',
  },
  { orchestrator: 'turn.before_complete:1', 'memory-worker': 'store.after_commit:2' },
  { orchestrator: 'turn.after_complete:1', 'queue-manager': 'store.after_commit:4' },
  { orchestrator: 'relay.after_publish:3', 'memory-worker': 'store.before_commit:2' },
] as const;

type Mortal = 'orchestrator' | 'memory-worker' | 'queue-manager';

describe.each(CRASHES)('kill -9 at %j', (points) => {
  let baton: RunningBaton;
  let api: Api;
  const mortals = Object.keys(points) as Mortal[];

  beforeAll(async () => {
    baton = await startBaton({
      firstLifeEnv: Object.fromEntries(Object.entries(points).map(([name, at]) => [name, { CRASH_AT: at }])),
    });
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(() => baton.stop());

  it('leaves every accepted turn answered once, remembered once, and offered', async () => {
    const firstLives = new Map(mortals.map((name) => [name, baton.services[name].pid]));
    // The agent may have to be created more than once: the service that does it may be the one that dies.
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
    // A harness that never hurts proves nothing: each of them did die.
    for (const [name, pid] of firstLives) {
      await waitFor(() => baton.services[name].running && baton.services[name].pid !== pid, {
        what: `the ${name} to have died and come back`,
        timeoutMs: 60_000,
      });
    }
  }, 300_000);
});

const terminal = (events: readonly EventView[]): EventView[] =>
  events.filter((event) => event.type === 'conversation.turn_completed');
