import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { findFreePort, waitFor } from '@baton/testkit';
import { type RunningBaton, startBaton } from '@baton/system';

import { Api } from './api.js';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples');
const QUESTION = 'How long do I have to return an item?';
const LATE = 90_000;

interface Line {
  readonly id: string;
  readonly type: string;
  readonly event_id?: string;
  readonly version?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Delivery {
  readonly event_id: string;
  readonly event_type: string;
  readonly conversation_id: string | null;
}

/** A client as the docs have it, in a process of its own; what it prints. */
class Example {
  readonly lines: Line[] = [];
  readonly said: string[] = [];

  private constructor(private readonly child: ChildProcess) {}

  static start(script: string, env: Record<string, string>): Example {
    const child = spawn(process.execPath, [join(EXAMPLES, script)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const example = new Example(child);
    createInterface({ input: child.stdout }).on('line', (line) =>
      example.lines.push(JSON.parse(line) as Line),
    );
    createInterface({ input: child.stderr }).on('line', (line) => example.said.push(line));
    return example;
  }

  of(conversation: string, type?: string): readonly Line[] {
    return this.lines.filter(
      (line) => line.data['conversation_id'] === conversation && (type === undefined || line.type === type),
    );
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

describe('those who listen from outside', () => {
  let baton: RunningBaton;
  let api: Api;
  let replica: string;
  let port: number;
  const examples: Example[] = [];

  beforeAll(async () => {
    port = await findFreePort();
    baton = await startBaton({ env: { BATON_HTTP_ALLOW: `127.0.0.1:${port}` } });
    api = new Api(baton.url, baton.apiKey);
    replica = (await baton.addReplica('gateway')).url;
    await api.say('warm', QUESTION, { wait: 0 });
    await api.state('warm', 'FINISHED', LATE);
  }, 240_000);
  afterAll(async () => {
    for (const example of examples) example.stop();
    await baton?.stop();
  });

  const start = (script: string, env: Record<string, string>): Example => {
    const example = Example.start(script, env);
    examples.push(example);
    return example;
  };
  const answered = async (ids: readonly string[]): Promise<void> => {
    await Promise.all(ids.map((id) => api.sayUntilAccepted(id, 't-1', QUESTION)));
    await Promise.all(ids.map((id) => api.state(id, 'FINISHED', LATE)));
  };

  const deliveries = async (webhookId: string, conversation: string) =>
    (await api.all<Delivery>(`/api/v1/webhooks/${webhookId}/deliveries`)).filter(
      ({ conversation_id }) => conversation_id === conversation,
    );

  it.each([
    ['streams.md', 'staff-stream.mjs'],
    ['webhooks.md', 'webhook-receiver.mjs'],
  ])('are shown in docs/%s as they run below', async (page, example) => {
    const code = await readFile(join(EXAMPLES, example), 'utf8');
    expect(await readFile(join(EXAMPLES, '..', page), 'utf8')).toContain(code);
  });

  it('miss nothing and hear nothing twice while gateways are killed, and a receiver while it is down', async () => {
    const { body: hook } = await api.post<{ webhook_id: string; secret: string }>('/api/v1/webhooks', {
      url: `http://127.0.0.1:${port}/baton`,
      event_types: ['conversation.*'],
    });
    const desk = start('staff-stream.mjs', {
      BATON_URLS: `${baton.url},${replica}`,
      BATON_TOKEN: baton.apiKey,
    });
    await waitFor(() => desk.said.some((line) => line.startsWith('open')), {
      what: 'the desk to be connected',
    });

    // Nobody receives yet: these wait in the database, and the gateway that recorded them dies.
    const before = ['first-a', 'first-b', 'first-c'];
    await answered(before);
    const killed = baton.services.gateway.pid;
    process.kill(killed, 'SIGKILL');
    const receiver = start('webhook-receiver.mjs', { PORT: String(port), WEBHOOK_SECRET: hook.secret });
    const during = ['second-a', 'second-b', 'second-c'];
    await answered(during);
    process.kill(await waitFor(() => running(killed), { what: 'the next life', timeoutMs: LATE }), 'SIGKILL');
    const after = ['third-a', 'third-b'];
    await answered(after);

    for (const id of [...before, ...during, ...after]) {
      const log = await api.events(id);
      const told = await waitFor(() => receiver.of(id).length >= log.length && receiver.of(id), {
        what: `all deliveries of ${id}`,
        timeoutMs: LATE,
      });
      expect(told.map(({ type, version }) => [version, type])).toEqual(
        log.map(({ type, version }) => [version, type]),
      );
      const shown = await deliveries(hook.webhook_id, id);
      expect(new Set(shown.map(({ event_id }) => event_id)).size).toBe(log.length);
      expect(shown).toHaveLength(log.length);

      const messages = await api.messages(id);
      const heard = await waitFor(
        () =>
          desk.of(id, 'conversation.message').length >= messages.length &&
          desk.of(id, 'conversation.message'),
        { what: `the desk to hear ${id}`, timeoutMs: LATE },
      );
      expect(heard.map(({ data }) => data['message_id'])).toEqual(
        messages.map(({ message_id }) => message_id),
      );
    }
    expect(new Set(desk.lines.map(({ id }) => id)).size).toBe(desk.lines.length);
    expect(desk.said).not.toContain('expired');
    // A harness that never hurts proves nothing.
    expect(desk.said.filter((line) => line.startsWith('open')).length).toBeGreaterThan(1);

    // Erased: what was delivered is forgotten, what says so is not.
    expect((await api.call('DELETE', '/api/v1/conversations/first-a')).status).toBe(204);
    await waitFor(() => receiver.of('first-a', 'conversation.erased').length === 1, {
      what: 'the erasure to be told',
      timeoutMs: LATE,
    });
    const left = await deliveries(hook.webhook_id, 'first-a');
    expect(left.map(({ event_type }) => event_type)).toEqual(['conversation.erased']);
  }, 400_000);

  const running = (other: number): number | false => {
    try {
      const { pid } = baton.services.gateway;
      return pid !== other && pid;
    } catch {
      return false;
    }
  };
});
