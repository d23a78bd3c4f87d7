import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import {
  type RunningBaton,
  SERVICE_NAMES,
  type ServiceName,
  type ServiceProcess,
  startBaton,
} from '@baton/system';
import { type ModelServer, waitFor } from '@baton/testkit';

import { Api } from './api.js';
import { answeringModel, answerTo } from './rolling/answering-model.js';
import { Caller } from './rolling/caller.js';
import { chartSettings } from './rolling/chart-settings.js';
import { Follower } from './rolling/follower.js';
import { AGENT, ANSWERS, RollingLoad, TO_A_PERSON } from './rolling/rolling-load.js';
import { ServiceFront } from './rolling/service-front.js';

const LATE = 120_000;
const CUSTOMERS = 6;
const FOLLOWED = ['customer-1', 'customer-2'];
const STAFF_CLIENT = join(import.meta.dirname, '../../docs/examples/staff-stream.mjs');

const WORKFLOWS: Record<string, string> = {
  [ANSWERS]: `
name: ${ANSWERS}
input: { type: object, required: [message], properties: { message: { type: string } } }
nodes:
  answer: { type: agent, agent: simple, model: fast, prompt: '{{ input.message }}', timeout: 60s }
  done: { type: sink, sink: FINISH, needs: [answer], reply: '{{ nodes.answer.text }}', output: { text: '{{ nodes.answer.text }}' }, confidence: 1 }
hil_config: { enabled: true, handover_triggers: [failure] }
conversation: { debounce: { quiet: 20ms }, dedup: { last: 0 } }
`,
  [TO_A_PERSON]: `
name: ${TO_A_PERSON}
nodes:
  go: { type: sink, sink: HANDOVER, reason: explicit_request }
conversation: { debounce: { quiet: 20ms } }
`,
};

/** What a service's last process was told to do and did. */
interface Ended {
  readonly who: string;
  /** It was gone before a cluster would have killed it. */
  readonly inTime: boolean;
}

describe('two replicas of each service, rolled one by one under load', () => {
  const chart = chartSettings();
  let model: ModelServer;
  let flows: string;
  let baton: RunningBaton;
  let front: ServiceFront;
  let staff: ChildProcess;
  const heardByStaff: { readonly type: string; readonly data: Record<string, unknown> }[] = [];
  const saidByStaff: string[] = [];
  const replicas = new Map<ServiceName, ServiceProcess[]>();
  const toStop: (() => unknown)[] = [];

  beforeAll(async () => {
    model = await answeringModel();
    flows = mkdtempSync(join(tmpdir(), 'baton-rolling-'));
    for (const [name, text] of Object.entries(WORKFLOWS)) writeFileSync(join(flows, `${name}.yaml`), text);
    baton = await startBaton({
      // Who is told to end stays away, as a pod does.
      restartDead: false,
      env: {
        BATON_DRAIN_DELAY_SECONDS: String(chart.drainDelaySeconds),
        BATON_WORKFLOWS_DIR: flows,
        BATON_DEFAULT_WORKFLOW: ANSWERS,
        BATON_WRAP_UP_SECONDS: '0',
        BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '100000',
        BATON_RATE_LIMIT_MESSAGES_PER_10S: '100000',
        OPENAI_BASE_URL: model.openAiUrl,
        OPENAI_API_KEY: 'key-of-the-rolling-spec',
        BATON_MODEL_FAST: 'openai/rolling',
        BATON_MODEL_SMART: 'openai/rolling',
        BATON_MODEL_EMBEDDING: 'openai/rolling-embedding',
      },
    });
    front = await ServiceFront.start(chart);
    for (const name of SERVICE_NAMES) {
      replicas.set(name, [baton.services[name], await baton.addReplica(name)]);
    }
    for (const { port } of replicas.get('gateway') ?? []) front.add(port);
    staff = spawn(process.execPath, [STAFF_CLIENT], {
      env: { ...process.env, BATON_URLS: front.url, BATON_TOKEN: baton.apiKey },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: staff.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      heardByStaff.push(JSON.parse(line) as (typeof heardByStaff)[number]),
    );
    createInterface({ input: staff.stderr as NodeJS.ReadableStream }).on('line', (line) =>
      saidByStaff.push(line),
    );
  }, 240_000);
  afterAll(async () => {
    await Promise.all(toStop.map((stop) => stop()));
    staff?.kill('SIGKILL');
    front?.stop();
    await baton?.stop();
    await model?.stop();
    if (flows) rmSync(flows, { recursive: true, force: true });
  });

  /** A new one is ready before an old one is told to end, as the chart's strategy says. */
  const roll = async (name: ServiceName): Promise<Ended[]> => {
    const ended: Ended[] = [];
    for (const old of replicas.get(name) ?? []) {
      const next = await baton.addReplica(name);
      if (name === 'gateway') front.add(next.port);
      const { pid } = old;
      old.kill('SIGTERM');
      const inTime = await waitFor(() => !old.running, {
        what: `${name} ${pid} to end`,
        timeoutMs: chart.graceMs,
      }).catch(() => false);
      if (!inTime) old.killForGood();
      ended.push({ who: `${name} ${pid}`, inTime });
    }
    return ended;
  };

  it('fails no request, loses and doubles no turn, and every stream is whole', async () => {
    const api = new Api(front.url, baton.apiKey);
    const caller = new Caller(front.url, baton.apiKey);
    const load = new RollingLoad(caller, await caller.agent(AGENT));
    const followers = FOLLOWED.map((id) => new Follower(api, id));
    toStop.push(
      () => load.stop(),
      () => caller.close(),
      ...followers.map((each) => () => each.stop()),
    );
    await waitFor(() => saidByStaff.some((line) => line.startsWith('open')), { what: 'the staff stream' });
    load.start(CUSTOMERS);
    await waitFor(
      () => load.wrong.length > 0 || (load.asked.length > CUSTOMERS * 2 && load.persons.length > 1),
      {
        what: 'the load',
        timeoutMs: LATE,
      },
    );
    expect(load.wrong).toEqual([]);

    const ended: Ended[] = [];
    for (const name of SERVICE_NAMES) ended.push(...(await roll(name)));
    await load.stop();

    expect(ended.filter(({ inTime }) => !inTime)).toEqual([]);
    expect(ended).toHaveLength(2 * SERVICE_NAMES.length);
    expect({ failed: caller.failures, wrong: load.wrong }).toEqual({ failed: [], wrong: [] });

    // Every question has one answer, in the order asked; nothing else was said.
    for (const [id, asked] of Map.groupBy(load.asked, ({ conversationId }) => conversationId)) {
      const messages = await api.messages(id);
      expect(messages.filter(({ role }) => role === 'assistant').map(({ content }) => content)).toEqual(
        asked.map((each) => answerTo(each.id)),
      );
      expect(messages).toHaveLength(2 * asked.length);
      const turns = await api.turns(id);
      expect(turns.map(({ status }) => status)).toEqual(asked.map(() => 'COMPLETED'));
    }
    for (const id of load.persons) expect((await api.conversation(id)).state).toBe('RESOLVED');
    expect(load.runs.length).toBeGreaterThan(0);
    expect(load.persons.length).toBeGreaterThan(0);

    // The streams: all versions once and in order, though each gateway left.
    for (const [index, follower] of followers.entries()) {
      const log = await api.events(FOLLOWED[index] as string);
      await waitFor(() => follower.versions.length >= log.length, {
        what: `the stream of ${FOLLOWED[index]}`,
        timeoutMs: LATE,
      });
      await follower.stop();
      expect(follower.versions).toEqual(log.map(({ version }) => version));
      expect(follower.refused).toEqual([]);
      expect(follower.ends.length).toBeGreaterThan(0);
      expect(follower.ends.filter((end) => end !== 'told')).toEqual([]);
    }
    for (const id of [...FOLLOWED, ...load.persons]) {
      const messages = await api.messages(id);
      const heard = await waitFor(
        () => {
          const all = heardByStaff.filter(
            ({ type, data }) => type === 'conversation.message' && data['conversation_id'] === id,
          );
          return all.length >= messages.length && all;
        },
        { what: `staff to hear ${id}`, timeoutMs: LATE },
      );
      expect(heard.map(({ data }) => data['message_id'])).toEqual(
        messages.map(({ message_id }) => message_id),
      );
    }
    const closes = saidByStaff.filter((line) => line.startsWith('closed'));
    expect(closes.length).toBeGreaterThan(0);
    expect(closes.filter((line) => !line.startsWith('closed 1001'))).toEqual([]);
  }, 900_000);
});
