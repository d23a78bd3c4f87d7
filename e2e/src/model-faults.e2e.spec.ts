import type { ConversationView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { modelSteps, type ModelRequest, ModelServer, waitFor } from '@baton/testkit';
import pg from 'pg';

import { Api } from './api.js';

const s = modelSteps;
type Step = ReturnType<typeof s.say>;

const RAW = 'raw words of the vendor, key sk-canary';
const ANSWER = 'Within 30 days.';
const ANSWERED = s.say(ANSWER);
const fails = (code: number, retryAfter?: number): Step =>
  s.status(code, { message: RAW, ...(retryAfter !== undefined && { retryAfter }) });

interface Fault {
  readonly name: string;
  /** What the model does; its last step is repeated. */
  readonly steps: readonly Step[];
  /** `answered`, or why a person gets the conversation. */
  readonly outcome: 'answered' | 'failure' | 'agent_decision';
  /** The node asks for structured output. */
  readonly isStructured?: boolean;
}

const FAULTS: readonly Fault[] = [
  ...[400, 401, 403, 404, 413, 422].map((code): Fault => ({
    name: `${code}`,
    steps: [fails(code)],
    outcome: 'failure',
  })),
  ...[408, 409, 429, 500, 503, 529].map((code): Fault => ({
    name: `${code} once`,
    steps: [fails(code), ANSWERED],
    outcome: 'answered',
  })),
  { name: '429 with Retry-After', steps: [fails(429, 1), ANSWERED], outcome: 'answered' },
  { name: '429 with a Retry-After nobody can wait for', steps: [fails(429, 3600)], outcome: 'failure' },
  { name: '503 for good', steps: [fails(503)], outcome: 'failure' },
  { name: 'a hang before headers', steps: [s.hangBeforeHeaders(), ANSWERED], outcome: 'answered' },
  { name: 'a hang in mid-stream', steps: [s.hangMidStream('Within 3'), ANSWERED], outcome: 'answered' },
  { name: 'a cut in mid-stream', steps: [s.cutMidStream('Within 3'), ANSWERED], outcome: 'answered' },
  { name: 'a cut each time', steps: [s.cutMidStream('Within 3')], outcome: 'failure' },
  { name: 'a malformed stream', steps: [s.malformedBody(), ANSWERED], outcome: 'answered' },
  { name: 'garbage in mid-stream', steps: [s.garbageMidStream('Within 3'), ANSWERED], outcome: 'answered' },
  {
    name: 'malformed arguments once',
    steps: [s.malformedArguments('orders.lookup'), ANSWERED],
    outcome: 'answered',
  },
  { name: 'malformed arguments', steps: [s.malformedArguments('orders.lookup')], outcome: 'failure' },
  {
    name: 'output against its schema once',
    steps: [s.json({ text: 7 }), s.json({ text: ANSWER })],
    outcome: 'answered',
    isStructured: true,
  },
  {
    name: 'output against its schema',
    steps: [s.json({ text: 7 })],
    outcome: 'failure',
    isStructured: true,
  },
  { name: 'no content once', steps: [s.empty(), ANSWERED], outcome: 'answered' },
  { name: 'no content', steps: [s.empty()], outcome: 'failure' },
  { name: 'a refusal', steps: [s.refuse('I cannot.')], outcome: 'agent_decision' },
  { name: 'a length stop once', steps: [s.cutByLength('Within 3'), ANSWERED], outcome: 'answered' },
  { name: 'a length stop', steps: [s.cutByLength('Within 3')], outcome: 'agent_decision' },
];

const VENDORS = ['openai', 'anthropic'] as const;
/** On Anthropic's wire only a stream can carry arguments that are no JSON; the node here streams. */
const CASES = VENDORS.flatMap((vendor) => FAULTS.map((fault, index) => ({ vendor, fault, index })));
const nameOf = (vendor: string, index: number): string => `${vendor}_fault_${index}`;

/** One model of its own for each fault, so that no breaker of one speaks for another. */
const workflow = (
  name: string,
  model: string,
  { isStructured = false, timeout = '12s', attempts = 2 } = {},
): string => `
name: ${name}
nodes:
  answer:
    type: agent
    agent: ${isStructured ? 'simple' : 'reasoning'}
    model: ${model}
    prompt: "{{ input.message }}"
    ${isStructured ? 'output: { type: object, required: [text], properties: { text: { type: string } } }' : 'tools: [orders.lookup]'}
    retry: { attempts: ${attempts}, backoff: 100ms }
    timeout: ${timeout}
  done: { type: sink, sink: FINISH, needs: [answer], reply: "{{ nodes.answer.text }}", confidence: 0.9 }
hil_config: { handover_triggers: [agent_decision] }
limits: { timeout: 300s }
conversation: { debounce: { quiet: 10ms, max_wait: 50ms } }
`;

/** Plays each model's steps in their order, the last one for ever. */
const player = () => {
  const played = new Map<string, number>();
  return ({ model }: ModelRequest): Step | undefined => {
    const [vendor = '', , index] = model.split('_');
    const fault = VENDORS.includes(vendor as 'openai') ? FAULTS[Number(index)] : undefined;
    if (!fault) return undefined;
    const turn = played.get(model) ?? 0;
    played.set(model, turn + 1);
    return fault.steps[Math.min(turn, fault.steps.length - 1)];
  };
};

interface Sums {
  readonly rows: number;
  readonly known: number;
  readonly unknown: number;
  readonly input: number;
  readonly output: number;
  readonly twice: number;
}

describe('whatever a model does', () => {
  let server: ModelServer;
  let baton: RunningBaton;
  let api: Api;
  let database: pg.Client;

  beforeAll(async () => {
    server = await ModelServer.start();
    baton = await startBaton({
      env: {
        OPENAI_BASE_URL: server.openAiUrl,
        OPENAI_API_KEY: 'k',
        ANTHROPIC_BASE_URL: server.anthropicUrl,
        ANTHROPIC_API_KEY: 'k',
        BATON_MODEL_FAST: 'openai/test-model',
        BATON_MODEL_SMART: 'openai/test-model',
      },
    });
    api = new Api(baton.url, baton.apiKey);
    database = new pg.Client({ connectionString: baton.servers.postgres.url });
    await database.connect();
  }, 120_000);
  afterAll(async () => {
    await database.end();
    await baton.stop();
    await server.stop();
  });

  const put = async (name: string, yaml: string): Promise<void> => {
    const answer = await api.call('PUT', `/api/v1/workflows/${name}`, yaml, {
      'content-type': 'application/yaml',
    });
    if (answer.status !== 200) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
  };
  const settled = (id: string): Promise<unknown> =>
    waitFor(async () => ['FINISHED', 'PENDING_HUMAN'].includes((await api.conversation(id)).state), {
      what: `the end of ${id}`,
      timeoutMs: 120_000,
    });
  const ledger = async (models: string): Promise<Sums> => {
    const { rows } = await database.query<Sums>(
      `SELECT count(*)::int AS rows,
              (count(*) FILTER (WHERE outcome <> 'unknown' AND NOT usage_estimated AND input_tokens > 0))::int AS known,
              (count(*) FILTER (WHERE outcome IN ('unknown', 'open')))::int AS unknown,
              coalesce(sum(input_tokens) FILTER (WHERE NOT usage_estimated), 0)::int AS input,
              coalesce(sum(output_tokens) FILTER (WHERE NOT usage_estimated), 0)::int AS output,
              (SELECT count(*)::int FROM (SELECT 1 FROM llm_router.llm_calls WHERE outcome = 'ok' AND model LIKE $1
                GROUP BY call_id HAVING count(*) > 1) AS paid_twice) AS twice
         FROM llm_router.llm_calls WHERE model LIKE $1 AND error_code IS DISTINCT FROM 'breaker-open'`,
      [models],
    );
    return rows[0] as Sums;
  };

  describe('the turn ends', () => {
    beforeAll(async () => {
      server.respond(player());
      for (const { vendor, fault, index } of CASES) {
        const name = nameOf(vendor, index);
        await put(name, workflow(name, `${vendor}/${name}`, { isStructured: fault.isStructured ?? false }));
      }
      for (const { vendor, index } of CASES) {
        const name = nameOf(vendor, index);
        const body = { workflow_name: name };
        await api.say(name, 'How long do I have to return an item?', { turnId: 't-1', wait: 0, body });
      }
    }, 120_000);

    it.each(CASES.map((each) => [each.vendor, each.fault.name, each] as const))(
      '%s: %s',
      async (_vendor, _fault, { vendor, fault, index }) => {
        const id = nameOf(vendor, index);
        await settled(id);
        const view: ConversationView = await api.conversation(id);
        const messages = await api.messages(id);
        const told = JSON.stringify([view, messages, await api.events(id)]);
        expect(told).not.toContain('raw words');
        expect(told).not.toContain('sk-canary');
        expect(told).not.toMatch(/scripted|Error:|\bat [\w.]+ \(/);
        if (fault.outcome === 'answered') {
          expect(view.state).toBe('FINISHED');
          expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: ANSWER });
          return;
        }
        expect(view).toMatchObject({ state: 'PENDING_HUMAN', hil_reason: fault.outcome });
        // A sentence that a person understands, and no code.
        expect(view.handover_context?.note).toMatch(/^[A-Z].* .* /);
        expect(messages.map(({ role }) => role)).not.toContain('assistant');
      },
      130_000,
    );

    it('with each request that the vendors took in the ledger once, tokens and all', async () => {
      await waitFor(async () => (await ledger('%_fault_%')).unknown === 0, {
        what: 'every row to be closed',
      });
      const sums = await ledger('%_fault_%');
      expect(sums).toMatchObject({ rows: server.requests.length, known: server.served.calls, twice: 0 });
      expect([sums.input, sums.output]).toEqual([server.served.inputTokens, server.served.outputTokens]);
    });
  });

  it('shows the customer nothing of an answer that broke off once the next one comes', async () => {
    server.script(s.slow(1_500, s.cutMidStream('You can re')), s.slow(300, s.say('You can return it.')));
    await put('streamed', workflow('streamed', 'openai/streamed'));
    await api.say('streamed', 'May I?', { turnId: 't-1', wait: 0, body: { workflow_name: 'streamed' } });
    const frames: string[] = [];
    const response = await fetch(`${api.url}/api/v1/conversations/streamed/events`, {
      headers: { authorization: `Bearer ${api.token}`, accept: 'text/event-stream' },
    });
    for await (const part of (response.body as ReadableStream<BufferSource>).pipeThrough(
      new TextDecoderStream(),
    )) {
      frames.push(part);
      if (part.includes('conversation.turn_completed')) break;
    }

    let shown = '';
    for (const frame of frames.join('').split('\n\n')) {
      if (frame.includes('event: delta.reset')) shown = '';
      else if (frame.includes('event: delta'))
        shown += (JSON.parse(/^data: ?(.*)$/m.exec(frame)?.[1] ?? '{}') as { content: string }).content;
    }
    expect(frames.join('')).toContain('You ');
    expect(frames.join('')).toContain('event: delta.reset');
    expect(shown).toBe('You can return it.');
  });

  it('is in the ledger as the vendor counted it, when routers and orchestrators are killed meanwhile', async () => {
    await put('crashes', workflow('crashes', 'openai/crashes', { timeout: '120s', attempts: 5 }));
    const before = { requests: server.requests.length, ...server.served };
    let asked = 0;
    server.respond(({ model, lastUser }) => {
      if (model !== 'crashes') return undefined;
      asked += 1;
      return asked % 6 === 0 ? fails(500) : s.slow(400, s.say(`You said: ${lastUser}`));
    });
    const ids = Array.from({ length: 40 }, (_, index) => `crash-${index}`);
    const body = { workflow_name: 'crashes' };
    const send = async (some: readonly string[]): Promise<void> => {
      for (const id of some) {
        await waitFor(
          () =>
            api.say(id, `Message ${id}`, { turnId: 't-1', wait: 0, body }).then(
              ({ status }) => status < 300,
              () => false,
            ),
          { what: `${id} to be accepted`, timeoutMs: 60_000 },
        );
      }
    };
    const kill = async (name: 'llm-router' | 'orchestrator'): Promise<void> => {
      const atLeast = asked + 3;
      await waitFor(() => asked >= atLeast, { what: 'calls under way', timeoutMs: 150_000 });
      baton.services[name].kill('SIGKILL');
    };

    await Promise.all([send(ids.slice(0, 15)), kill('llm-router')]);
    await Promise.all([send(ids.slice(15, 30)), kill('orchestrator')]);
    await Promise.all([send(ids.slice(30)), kill('llm-router')]);
    for (const id of ids) await settled(id);

    for (const id of ids)
      expect((await api.messages(id)).at(-1)).toMatchObject({
        role: 'assistant',
        content: expect.stringContaining(`Message ${id}`) as string,
      });
    const open = `SELECT count(*)::int AS open FROM llm_router.llm_calls WHERE model = 'openai/crashes' AND outcome = 'open'`;
    // What a crash cut off and nobody asked for again is closed by the sweep within two minutes.
    await waitFor(async () => (await database.query<{ open: number }>(open)).rows[0]?.open === 0, {
      what: 'every row to be closed',
      timeoutMs: 150_000,
    });
    const sums = await ledger('openai/crashes');
    const requests = server.requests.length - before.requests;
    const served = server.served.calls - before.calls;
    expect(sums.twice).toBe(0);
    expect(sums.unknown).toBeGreaterThan(0);
    // A row is written before its request leaves: where the crash came between, there is a row and no request.
    expect(requests).toBeLessThanOrEqual(sums.rows);
    expect(sums.rows - requests).toBeLessThanOrEqual(sums.unknown);
    // An answer that had arrived and was not written yet is the row's that says `unknown`.
    expect(served).toBeGreaterThanOrEqual(sums.known);
    expect(served - sums.known).toBeLessThanOrEqual(sums.unknown);
    const tokens = server.served.outputTokens - before.outputTokens;
    if (served === sums.known) expect(sums.output).toBe(tokens);
    else expect(sums.output).toBeLessThan(tokens);

    const { body: usage } = await api.get<{
      items: { model: string; output_tokens: number; unknown: number }[];
    }>('/api/v1/usage?group_by=model');
    expect(usage.items).toContainEqual(
      expect.objectContaining({ model: 'openai/crashes', output_tokens: sums.output, unknown: sums.unknown }),
    );
  }, 400_000);
});
