import { type RunningBaton, startBaton } from '@baton/system';
import { modelSteps, ModelServer, waitFor } from '@baton/testkit';

import { Api } from './api.js';

const { hangMidStream, say, slow } = modelSteps;

/** How many conversations talk at once in the test of bursts; a thousand with `BATON_BURSTS=1000`. */
const BURSTS = Number(process.env['BATON_BURSTS'] ?? 30);
const BURST_LENGTH = 10;
/** So many of them type at the same moment: more would not keep within a quiet window that people know. */
const TYPING = 40;

const workflow = (name: string, conversation: string, triggers = ''): string => `
name: ${name}
nodes:
  answer: { type: agent, agent: simple, model: smart, prompt: "{{ input.message }}", timeout: 60s }
  done: { type: sink, sink: FINISH, needs: [answer], reply: "{{ nodes.answer.text }}", confidence: 1 }
${triggers && `hil_config: { handover_triggers: [${triggers}] }`}
conversation: ${conversation}
`;
const RESTARTS = workflow('restarts', '{ debounce: { quiet: 200ms, max_wait: 2s }, on_new_input: restart }');

const environment = (server: ModelServer) => ({
  OPENAI_BASE_URL: server.openAiUrl,
  OPENAI_API_KEY: 'test-key',
  BATON_MODEL_FAST: 'openai/test-model',
  BATON_MODEL_SMART: 'openai/test-model',
});
const put = async (api: Api, name: string, yaml: string): Promise<void> => {
  const path = `/api/v1/workflows/${name}`;
  const { status, body } = await api.call('PUT', path, yaml, { 'content-type': 'application/yaml' });
  if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
};

/** The live stream of a conversation, as text that grows. */
const listen = async (api: Api, id: string) => {
  const stop = new AbortController();
  const response = await fetch(`${api.url}/api/v1/conversations/${id}/events`, {
    headers: { authorization: `Bearer ${api.token}`, accept: 'text/event-stream' },
    signal: stop.signal,
  });
  const heard = { text: '' };
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) heard.text += decoder.decode(chunk);
  })();
  return { heard, stop: () => (stop.abort(), reading.catch(() => undefined)) };
};

describe('turns, through the gateway', () => {
  let server: ModelServer;
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    server = await ModelServer.start();
    server.respond(({ lastUser }) => say(`You said: ${lastUser}`));
    baton = await startBaton({ env: environment(server) });
    api = new Api(baton.url, baton.apiKey);
    await Promise.all([
      put(api, 'restarts', RESTARTS),
      put(api, 'quick', workflow('quick', '{ debounce: { quiet: 50ms } }', 'repetition')),
      put(api, 'patient', workflow('patient', '{ debounce: { quiet: 3s, max_wait: 60s } }')),
    ]);
  }, 120_000);
  afterAll(async () => {
    await baton?.stop();
    await server?.stop();
  });

  it('are told as they now are to who sends a message again: the 202 while at work, then the reply', async () => {
    server.respond(({ lastUser }) => slow(4000, say(`You said: ${lastUser}`)));
    const message = 'A slow one';
    const body = { workflow_name: 'quick' };
    const first = await api.say('again', message, { turnId: 't-1', wait: 0, body });
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    await waitFor(async () => (await api.turns('again'))[0]?.status === 'PROCESSING', { what: 'the turn' });

    const meanwhile = await api.say('again', message, { turnId: 't-1', wait: 0, body });
    expect([meanwhile.status, meanwhile.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(meanwhile.body).toMatchObject({ turn_number: 1, status: 'PROCESSING', reply: null });
    const other = await api.say('again', 'Another body', { turnId: 't-1', wait: 0, body });
    expect([other.status, other.body]).toMatchObject([
      422,
      { type: 'urn:baton:problem:idempotency-key-reused' },
    ]);

    const waited = await api.say('again', message, { turnId: 't-1', body });
    expect([waited.status, waited.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    const after = await api.say('again', message, { turnId: 't-1', wait: 0, body });
    expect(after.body).toEqual(waited.body);
    expect(after.body.reply?.content).toContain(message);

    const [turn, ...others] = await api.turns('again');
    expect(others).toEqual([]);
    expect(turn).toMatchObject({
      turn_number: 1,
      inputs: [{ turn_id: 't-1', idempotency_key: 'again:t-1' }],
      status: 'COMPLETED',
      attempts: 1,
    });
    expect(turn?.inputs[0]?.user_input_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(turn?.agent_response_hash).toMatch(/^[0-9a-f]{64}$/);
    const { received_at, started_at, completed_at } = turn?.timings ?? {};
    expect([received_at, started_at, completed_at]).toEqual([received_at, started_at, completed_at].sort());
  });

  it('begin anew with what comes mid-turn, where the workflow says so: the model is cancelled upstream', async () => {
    server.respond(({ prompt, lastUser }) =>
      prompt.includes('second part')
        ? say(`Both: ${lastUser}`)
        : hangMidStream('Let me think about the first'),
    );
    const body = { workflow_name: 'restarts' };
    await api.say('restart', 'The first part', { turnId: 't-1', wait: 0, body });
    const stream = await listen(api, 'restart');
    await waitFor(() => stream.heard.text.includes('think'), { what: 'the first tokens' });
    const hungUp = server.hungUp;
    const late = await api.say('restart', 'The second part', { turnId: 't-2', body });
    expect(late.body).toMatchObject({ status: 'COMPLETED', turn_number: 1 });
    expect(late.body.reply?.content).toBe('Both: The first part\nThe second part');
    await waitFor(() => server.hungUp > hungUp, { what: 'the hang-up' });
    const early = await api.say('restart', 'The first part', { turnId: 't-1', wait: 0, body });
    expect(early.body.reply).toEqual(late.body.reply);
    expect(await api.turns('restart')).toMatchObject([{ attempts: 2, inputs: [{}, {}] }]);
    // What was streamed of the first attempt is taken back when the input comes, and nothing of it comes later.
    await waitFor(() => stream.heard.text.includes('conversation.turn_completed'), { what: 'the end' });
    const text = stream.heard.text;
    const [restarted, reset] = [
      text.indexOf('event: conversation.turn_restarted'),
      text.indexOf('delta.reset'),
    ];
    expect(reset).toBeGreaterThan(text.indexOf('think'));
    expect(restarted).toBeGreaterThan(0);
    expect(text.slice(restarted)).not.toContain('think');
    await stream.stop();
  });

  it('never say the same twice: another answer is asked for once, then a person is', async () => {
    const SAME = 'Our opening hours are from nine to five, Monday to Friday.';
    server.respond(({ lastUser, prompt }) => {
      if (lastUser.includes('Do not repeat it')) {
        const isStubborn = prompt.includes('Who runs the shop?');
        return say(isStubborn ? SAME : 'On public holidays we are closed.');
      }
      return say(SAME);
    });
    const body = { workflow_name: 'quick' };
    expect((await api.say('echo', 'When are you open?', { body })).body.reply?.content).toBe(SAME);
    // Who asks the same again may hear the same again.
    expect((await api.say('echo', 'when are you  OPEN', { body })).body.reply?.content).toBe(SAME);
    const stream = await listen(api, 'echo');
    const second = await api.say('echo', 'Can I come by on Christmas day?', { body });
    expect(second.body.reply?.content).toBe('On public holidays we are closed.');
    await waitFor(() => stream.heard.text.includes('On public holidays'), {
      what: 'the reply on the stream',
    });
    // The customer saw the first answer come; it is taken back before the other one comes.
    const [shown, reset, instead] = ['opening', 'event: delta.reset', 'holidays'].map((what) =>
      behind(stream.heard.text, '"turn_number":3').indexOf(what),
    );
    expect([shown, reset, instead]).toEqual([shown, reset, instead].sort((a = 0, b = 0) => a - b));
    expect(shown).toBeGreaterThan(0);
    const third = await api.say('echo', 'Who runs the shop?', { body });
    expect(third.body).toMatchObject({
      status: 'COMPLETED',
      state: 'PENDING_HUMAN',
      reply: null,
      handover: { reason: 'repetition' },
    });
    await stream.stop();
    const found = (await api.events('echo')).flatMap(({ data }) => data['repetition'] ?? []);
    expect(found).toMatchObject([
      { kind: 'exact', of_turn: 2, outcome: 'regenerated' },
      { kind: 'exact', of_turn: 2, outcome: 'handed_over' },
    ]);
    expect((await api.messages('echo')).filter(({ role }) => role === 'assistant')).toHaveLength(3);
  });

  it(
    `are one for each burst: ${BURSTS} conversations, ${BURST_LENGTH} messages each`,
    async () => {
      server.respond(({ lastUser }) => say(`You said: ${lastUser}`));
      const partsOf = (id: string) =>
        Array.from({ length: BURST_LENGTH }, (_, part) => `part ${part} of ${id}`);
      const ids = Array.from({ length: BURSTS }, (_, index) => `burst-${index}`);
      const left = [...ids];
      const type = async (): Promise<void> => {
        for (let id = left.shift(); id !== undefined; id = left.shift()) {
          // One after the other, as a person types: the order of the messages is theirs.
          for (const [part, text] of partsOf(id).entries()) await accepted(api, id, `t-${part}`, text);
        }
      };
      await Promise.all(Array.from({ length: TYPING }, type));
      for (const id of ids) {
        const parts = partsOf(id);
        await waitFor(async () => (await api.conversation(id)).state === 'FINISHED', {
          what: `the answer to ${id}`,
          timeoutMs: 600_000,
          everyMs: 50,
        });
        const ends = await Promise.all(parts.map((text, part) => accepted(api, id, `t-${part}`, text)));
        expect(new Set(ends.map(({ reply }) => reply?.message_id)).size).toBe(1);
        expect(ends[0]?.reply?.content).toBe(`You said: ${parts.join('\n')}`);
        const turns = await api.turns(id);
        expect(turns.map(({ inputs }) => inputs.map((input) => input.turn_id))).toEqual([
          parts.map((_, part) => `t-${part}`),
        ]);
      }
    },
    120_000 + BURSTS * 1000,
  );
});

describe.each([
  ['the new input was accepted', 'accept.after_commit:2'],
  ['the next attempt had begun', 'turn.after_start:2'],
])('a turn that was restarted, and whose worker died when %s', (_when, point) => {
  let server: ModelServer;
  let baton: RunningBaton;

  beforeAll(async () => {
    server = await ModelServer.start();
    server.respond(({ prompt, lastUser }) =>
      prompt.includes('second part') ? say(`Both: ${lastUser}`) : hangMidStream('Let me think'),
    );
    baton = await startBaton({
      env: environment(server),
      firstLifeEnv: { orchestrator: { CRASH_AT: point } },
    });
  }, 120_000);
  afterAll(async () => {
    await baton?.stop();
    await server?.stop();
  });

  it('is answered once, with all that was said', async () => {
    const api = new Api(baton.url, baton.apiKey);
    const firstLife = baton.services.orchestrator.pid;
    await put(api, 'restarts', RESTARTS);
    const body = { workflow_name: 'restarts' };
    await api.say('story', 'The first part', { turnId: 't-1', wait: 0, body });
    await waitFor(() => server.requests.length > 0, { what: 'the model to be asked' });
    await waitFor(
      () =>
        api.say('story', 'The second part', { turnId: 't-2', wait: 0, body }).then(
          ({ status }) => status < 300,
          () => false,
        ),
      { what: 'the second part to be accepted', timeoutMs: 60_000 },
    );
    await api.state('story', 'FINISHED', 90_000);
    const ends = (await api.events('story')).filter(({ type }) => type === 'conversation.turn_completed');
    expect(ends).toHaveLength(1);
    expect(ends[0]?.data).toMatchObject({ reply: { content: 'Both: The first part\nThe second part' } });
    expect(await api.turns('story')).toMatchObject([{ inputs: [{}, {}], status: 'COMPLETED' }]);
    await waitFor(() => baton.services.orchestrator.pid !== firstLife, { what: 'the worker to have died' });
  }, 200_000);
});

const behind = (text: string, mark: string): string => text.slice(text.indexOf(mark));

/** As a careful front-end sends it: what is too fast or not there now is sent again. */
const accepted = async (api: Api, id: string, turnId: string, text: string) => {
  let turn: Awaited<ReturnType<Api['say']>>['body'] | undefined;
  await waitFor(
    async () => {
      const { status, body } = await api.say(id, text, {
        turnId,
        wait: 0,
        body: { workflow_name: 'patient' },
      });
      turn = body;
      return status < 300;
    },
    { what: `${turnId} of ${id} to be accepted`, timeoutMs: 120_000, everyMs: 100 },
  );
  return turn as NonNullable<typeof turn>;
};
