import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { ConversationMemoryView, MemoryHit, Page, RunView } from '@baton/contracts';
import { type RunningBaton, SERVICE_NAMES, startBaton } from '@baton/system';
import { modelSteps, type ModelRequest, ModelServer, waitFor } from '@baton/testkit';
import pg from 'pg';

import { Api } from './api.js';

const { callTools, json, say } = modelSteps;

const MAX_TOKENS = 900;
const WORKFLOW = `
name: keeps_short
nodes:
  answer: { type: agent, agent: reasoning, model: smart, prompt: Be brief. }
  done:
    type: sink
    sink: FINISH
    needs: [answer]
    reply: "{{ nodes.answer.text }}"
    confidence: "{{ nodes.answer.confidence }}"
conversation:
  debounce: { quiet: 10ms, max_wait: 50ms }
  dedup: { last: 0 }
  context: { max_tokens: ${MAX_TOKENS}, recent_turns: 12, memories: 3 }
`;
const TURNS = 30;
const CANARY = 'zeisig-4711-kanarie';
const FACT = `The customer owns an Aurora speaker, ${CANARY}`;
const ANA = { id: 'cust_ana', name: 'Ana' };

/** A model that answers, sums up and notes facts; what it was asked is kept by what it was asked for. */
class Played {
  readonly answers: ModelRequest[] = [];
  readonly summaries: ModelRequest[] = [];
  readonly facts: ModelRequest[] = [];

  readonly respond = (request: ModelRequest) => {
    if (request.prompt.includes('Extract lasting facts')) {
      this.facts.push(request);
      const isNew = request.lastUser.includes('I own an Aurora') && !request.lastUser.includes(FACT);
      return json({ facts: isNew ? [{ fact: FACT, turn_number: 1 }] : [] });
    }
    if (request.prompt.includes('Summarise a customer service conversation')) {
      this.summaries.push(request);
      return say(`Summary ${this.summaries.length}: the customer has questions about a speaker. `.repeat(6));
    }
    this.answers.push(request);
    const reply = `Answer ${this.answers.length}: please hold the button for ten seconds until the light is white.`;
    return callTools({ name: 'finish', args: { reply, confidence: 0.95 } });
  };
}

describe('what is remembered of customers', () => {
  let server: ModelServer;
  let baton: RunningBaton;
  let database: pg.Client;
  let api: Api;
  const model = new Played();

  beforeAll(async () => {
    server = await ModelServer.start();
    server.respond(model.respond);
    baton = await startBaton({
      env: {
        OPENAI_BASE_URL: server.openAiUrl,
        OPENAI_API_KEY: 'a-key',
        BATON_MODEL_FAST: 'openai/gpt-4o-mini',
        BATON_MODEL_SMART: 'openai/gpt-4o',
      },
    });
    database = new pg.Client(baton.servers.postgres.url);
    await database.connect();
    api = new Api(baton.url, baton.apiKey);
    await putWorkflow(api);
  }, 180_000);
  afterAll(async () => {
    await database.end();
    await baton.stop();
    await server.stop();
  });

  const putWorkflow = async (as: Api): Promise<void> => {
    const put = await as.call('PUT', '/api/v1/workflows/keeps_short', WORKFLOW, {
      'content-type': 'application/yaml',
    });
    expect(put.status).toBe(200);
  };
  const ask = (as: Api, id: string, message: string, customer: object = ANA) =>
    as.say(id, message, { body: { workflow_name: 'keeps_short', customer } });
  const memoryOf = async (id: string, as = api): Promise<ConversationMemoryView> =>
    (await as.get<ConversationMemoryView>(`/api/v1/conversations/${id}/memory`)).body;
  const search = async (query: string, as = api): Promise<readonly MemoryHit[]> =>
    (await as.get<Page<MemoryHit>>(`/api/v1/memory/search?${query}`)).body.items;

  it('takes the same room in a prompt at turn thirty as at turn ten, and the journal says what was left out', async () => {
    const sizes: number[] = [];
    for (let turn = 1; turn <= TURNS; turn += 1) {
      const message =
        turn === 1
          ? `I own an Aurora speaker, ${CANARY}.`
          : `Question ${turn}: the left channel crackles when it is warm, and the app shows error ${4700 + turn}.`;
      const { body } = await ask(api, 'long', message);
      expect(body).toMatchObject({ state: 'FINISHED', turn_number: turn });
      sizes.push(model.answers.at(-1)?.prompt.length ?? 0);
    }
    expect(model.answers).toHaveLength(TURNS);
    // The limit bites from early on: what follows costs no more.
    const early = Math.max(...sizes.slice(9, 15));
    expect(Math.max(...sizes.slice(20))).toBeLessThanOrEqual(early * 1.1);

    const last = (await api.turns('long')).at(-1);
    const run = await api.get<RunView>(`/api/v1/runs/${last?.run_id}`);
    const context = run.body.steps.find(({ id }) => id === 'answer')?.context;
    expect(context).toMatchObject({ max_tokens: MAX_TOKENS, counted_by: 'o200k_base' });
    expect(context?.tokens.total).toBeLessThanOrEqual(MAX_TOKENS);
    expect(context?.kept.message_ids.length).toBeGreaterThan(0);
    expect(context?.dropped.message_ids.length).toBeGreaterThan(0);
    const messages = new Set((await api.messages('long')).map(({ message_id }) => message_id));
    for (const id of [...(context?.kept.message_ids ?? []), ...(context?.dropped.message_ids ?? [])])
      expect(messages).toContain(id);
    expect(JSON.stringify(context)).not.toContain('crackles');
  }, 240_000);

  it('is one memory for each turn, a summary that goes on from where it stood, and facts with their turn', async () => {
    const memory = await waitFor(
      async () => {
        const seen = await memoryOf('long');
        const turns = seen.memories.filter(({ kind }) => kind === 'turn');
        return turns.length === TURNS && seen.summarized_through_turn >= 28 && seen;
      },
      { what: 'every turn to be remembered and summed up', timeoutMs: 60_000 },
    );
    const turns = memory.memories.filter(({ kind }) => kind === 'turn');
    expect(turns.map(({ turn_number }) => turn_number)).toEqual(
      Array.from({ length: TURNS }, (_, index) => index + 1),
    );
    expect(memory.summary).toContain('questions about a speaker');
    const facts = memory.memories.filter(({ kind }) => kind === 'fact');
    expect(facts).toMatchObject([{ content: FACT, turn_number: 1 }]);
    expect(await api.turns('long')).toMatchObject(Array.from({ length: TURNS }, () => ({ memory: 'DONE' })));

    // Each summary is made of the one before and the turns since, never of the whole.
    const [first, second] = model.summaries;
    expect(first?.lastUser).toContain('I own an Aurora');
    expect(second?.lastUser).toContain('Summary 1: the customer');
    expect(second?.lastUser).not.toContain('I own an Aurora');
    const lengths = model.summaries.slice(1).map(({ lastUser }) => lastUser.length);
    expect(Math.max(...lengths)).toBeLessThan(Math.min(...lengths) * 2);
  }, 120_000);

  it("is found again in the customer's next conversation, by nobody else", async () => {
    await ask(api, 'next', 'What speaker do I own?');
    expect(model.answers.at(-1)?.prompt).toContain(FACT);
    await ask(api, 'stranger', 'What speaker do I own?', { id: 'cust_bob' });
    expect(model.answers.at(-1)?.prompt).not.toContain('Aurora');

    const ofAna = await search('q=which%20speaker&customer_id=cust_ana');
    expect(ofAna.some(({ kind, content }) => kind === 'fact' && content === FACT)).toBe(true);
    expect(ofAna.find(({ kind }) => kind === 'fact')?.source).toEqual({
      conversation_id: 'long',
      turn_number: 1,
    });
    expect(await search('q=which%20speaker&customer_id=cust_bob&conversation_id=long')).toEqual([]);
    const { body: tenant } = await api.post<{ api_key: string }>('/api/v1/tenants', { name: 'Globex' });
    expect(await search('q=which%20speaker&customer_id=cust_ana', api.as(tenant.api_key))).toEqual([]);
  }, 60_000);

  /** Tables of the services that have a row with these words, and files of the bus. */
  const holding = async (words: string): Promise<string[]> => {
    const { rows } = await database.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname IN ('gateway', 'orchestrator', 'queue_manager', 'memory_worker', 'llm_router')`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await database.query(
        `SELECT 1 FROM ${name} AS t WHERE t::text LIKE '%' || $1 || '%' LIMIT 1`,
        [words],
      );
      if (rowCount) found.push(name);
    }
    for (const file of filesOf(join(baton.dataDir, 'nats')))
      if (readFileSync(file).includes(words)) found.push(file);
    return found.sort();
  };

  it('is gone from everywhere when the conversation is erased', async () => {
    expect(await holding(CANARY)).toEqual(
      expect.arrayContaining(['memory_worker.memories', 'orchestrator.messages']),
    );
    for (const id of ['long', 'next', 'stranger'])
      expect((await api.call('DELETE', `/api/v1/conversations/${id}`)).status).toBe(204);
    await waitFor(async () => (await holding(CANARY)).length === 0, {
      what: 'every trace to be gone',
      timeoutMs: 60_000,
    });
    // What is left in the logs is sealed, and its key is no more; no service ever wrote the words down beside them.
    const keys = await database.query(
      `SELECT wrapped FROM orchestrator.data_keys WHERE key_id IN ('conversation/long', 'conversation/next')`,
    );
    expect(keys.rows).toEqual([{ wrapped: null }, { wrapped: null }]);
    for (const service of SERVICE_NAMES) expect(baton.logs(service)).not.toContain(CANARY);
    expect((await api.get('/api/v1/conversations/long/memory')).status).toBe(410);
    expect(await search('q=which%20speaker&customer_id=cust_ana')).toEqual([]);
    await ask(api, 'again', 'What speaker do I own?');
    expect(model.answers.at(-1)?.prompt).not.toContain('Aurora');
  }, 120_000);

  describe('when its days are over', () => {
    /** As if its events had happened a month ago; the log refuses that to everybody but this test. */
    const age = async (tenantId: string, id: string, withLog = true): Promise<void> => {
      await database.query(`SET session_replication_role = replica`);
      if (withLog)
        await database.query(
          `UPDATE orchestrator.events SET occurred_at = occurred_at - interval '31 days'
            WHERE tenant_id = $1 AND stream_type = 'conversation' AND stream_id = $2`,
          [tenantId, id],
        );
      await database.query(`SET session_replication_role = DEFAULT`);
      await database.query(
        `UPDATE orchestrator.conversations SET updated_at = updated_at - interval '31 days'
          WHERE tenant_id = $1 AND conversation_id = $2`,
        [tenantId, id],
      );
    };

    it('is erased, or archived where the tenant says so; never while somebody is at it', async () => {
      const { body: tenant } = await api.post<{ tenant_id: string; api_key: string }>('/api/v1/tenants', {
        name: 'Initech',
      });
      const keeper = api.as(tenant.api_key);
      await putWorkflow(keeper);
      expect((await api.get('/api/v1/retention')).body).toEqual({ days: 30, action: 'erase' });
      expect(await keeper.call('PUT', '/api/v1/retention', { action: 'archive' })).toMatchObject({
        status: 200,
        body: { days: 30, action: 'archive' },
      });
      expect((await keeper.call('PUT', '/api/v1/retention', { action: 'shred' })).status).toBe(400);

      await ask(api, 'over', 'An old question, zaunkoenig');
      await ask(api, 'young', 'A young question');
      await ask(api, 'written-again', 'A question that looks old');
      await ask(api, 'with-a-person', 'An old question');
      await api.post('/api/v1/hil/handover/with-a-person', {});
      await ask(keeper, 'kept', 'An old question, zaunkoenig');
      const aged: [string, string, boolean?][] = [
        ['default', 'over'],
        ['default', 'written-again', false],
        ['default', 'with-a-person'],
        [tenant.tenant_id, 'kept'],
      ];
      for (const [tenantId, id, withLog] of aged) await age(tenantId, id, withLog);
      baton.services.orchestrator.kill('SIGTERM');

      const status = async (as: Api, id: string) =>
        (await as.get(`/api/v1/conversations/${id}`).catch(() => ({ status: 0 }))).status;
      await waitFor(
        async () => (await status(api, 'over')) === 410 && (await status(keeper, 'kept')) === 410,
        {
          what: 'what is over to be gone',
          timeoutMs: 60_000,
        },
      );
      for (const id of ['young', 'written-again', 'with-a-person']) expect(await status(api, id)).toBe(200);
      await waitFor(async () => (await holding('zaunkoenig')).length === 0, {
        what: 'its words to be gone',
        timeoutMs: 60_000,
      });

      expect((await keeper.get('/api/v1/archive')).body).toMatchObject({
        items: [{ conversation_id: 'kept' }],
        next_cursor: null,
      });
      const archived = await keeper.all<{ type: string; data: { content?: string } }>('/api/v1/archive/kept');
      expect(archived.map(({ data }) => data.content)).toContain('An old question, zaunkoenig');
      expect((await api.get('/api/v1/archive')).body).toMatchObject({ items: [] });
      expect((await api.get('/api/v1/archive/kept')).status).toBe(404);
      // Who asks for erasure means the copy too.
      expect((await keeper.call('DELETE', '/api/v1/conversations/kept')).status).toBe(204);
      expect((await keeper.get('/api/v1/archive/kept')).status).toBe(404);
    }, 180_000);
  });
});

const filesOf = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesOf(path) : [path];
  });
