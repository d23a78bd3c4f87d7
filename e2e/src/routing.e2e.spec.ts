import type { HumanAgentView, OfferView, Page, QueueItemView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Api } from './api.js';
import { type Listener, staffSocket } from './listeners.js';

const LONG = { timeoutMs: 60_000 };

/** Hands over at once, without a model; its hil_config is a test's own. */
const workflow = (name: string, hil: string): string => `
name: ${name}
nodes:
  go: { type: sink, sink: HANDOVER, reason: explicit_request }
hil_config: ${hil}
conversation: { debounce: { quiet: 20ms } }
`;

describe('who is offered what, through the gateway', () => {
  let baton: RunningBaton;
  let admin: Api;
  let tenants = 0;
  const open: Listener[] = [];

  beforeAll(async () => {
    baton = await startBaton({
      env: {
        BATON_MISSED_OFFERS_LIMIT: '2',
        BATON_FAIR_SHARE_PER_HOUR: '2',
        BATON_WRAP_UP_SECONDS: '0',
      },
    });
    admin = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterEach(async () => {
    for (const each of open.splice(0)) await each.stop();
  });
  afterAll(() => baton?.stop());

  /** A tenant of a test's own, with its workflows. */
  const tenant = async (flows: Record<string, string>): Promise<Api> => {
    const made = await admin.post<{ api_key: string }>('/api/v1/tenants', {
      name: `routing ${(tenants += 1)}`,
    });
    const api = admin.as(made.body.api_key);
    for (const [name, hil] of Object.entries(flows)) {
      const { status, body } = await api.call('PUT', `/api/v1/workflows/${name}`, workflow(name, hil), {
        'content-type': 'application/yaml',
      });
      if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
    }
    return api;
  };
  const ask = async (
    api: Api,
    id: string,
    flow: string,
    customer?: Record<string, string>,
  ): Promise<void> => {
    const { body } = await api.say(id, 'A person, please', {
      body: { workflow_name: flow, ...(customer && { customer }) },
    });
    expect(body.state).toMatch(/PENDING_HUMAN|HUMAN_ACTIVE/);
  };
  const listen = async (as: Api): Promise<Listener> => {
    const listener = await staffSocket(as);
    open.push(listener);
    return listener;
  };
  const accept = (as: Api, offer: OfferView) => as.post(`/api/v1/offers/${offer.offer_id}/accept`);
  const decline = (as: Api, offer: OfferView, reason: string) =>
    as.post(`/api/v1/offers/${offer.offer_id}/decline`, { reason });
  const queue = async (api: Api): Promise<readonly QueueItemView[]> =>
    (await api.get<Page<QueueItemView>>('/api/v1/queue')).body.items;
  const item = (api: Api, id: string, wanted: (item: QueueItemView) => boolean = () => true) =>
    waitFor(
      async () => {
        const found = (await queue(api)).find((each) => each.conversation_id === id);
        return found && wanted(found) ? found : undefined;
      },
      { what: `${id} in the queue as it should be`, ...LONG },
    );
  const look = async (api: Api, id: string) =>
    (await api.get<HumanAgentView>(`/api/v1/human-agents/${id}`)).body;

  it('gives a conversation offered to two to the first who accepts, also where both click at once', async () => {
    const api = await tenant({ both: '{ offer: { parallel: 2 } }' });
    const [ana, bob] = [await api.agent('ana'), await api.agent('bob')];
    const ears = new Map([
      ['ana', await listen(ana)],
      ['bob', await listen(bob)],
    ]);
    await ask(api, 'two', 'both');
    const [forAna, forBob] = [await api.offer('ana', 'two'), await api.offer('bob', 'two')];
    const answers = await Promise.all([accept(ana, forAna), accept(bob, forBob)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers[0].status === 200 ? 'ana' : 'bob';
    const [loser, lost] = winner === 'ana' ? (['bob', forBob] as const) : (['ana', forAna] as const);
    expect(await api.conversation('two')).toMatchObject({ state: 'HUMAN_ACTIVE', assigned_agent_id: winner });
    await ears.get(loser)?.until('offer.withdrawn', ({ offer_id }) => offer_id === lost.offer_id);
    await waitFor(async () => (await look(api, loser)).active_count === 0, {
      what: `${loser} to be free`,
      ...LONG,
    });

    // One person in two windows.
    await ask(api, 'once', 'both');
    const offer = await api.offer(loser, 'once');
    const mine = loser === 'ana' ? ana : bob;
    const clicks = await Promise.all([accept(mine, offer), accept(mine, offer)]);
    expect(clicks.map(({ status }) => status).sort()).toEqual([200, 409]);
    const assigned = (await api.events('once')).filter(({ type }) => type === 'conversation.assigned');
    expect(assigned).toHaveLength(1);
  }, 120_000);

  it('goes on to the next when an offer runs out, and takes who misses two in a row for away', async () => {
    const api = await tenant({
      quick: '{ routing_rules: [{ required_skills: { x: 1 } }], offer: { timeout: 1s } }',
    });
    const ana = await api.agent('ana', { skills: { x: 5 } });
    await api.agent('bob', { skills: { x: 1 }, max_concurrent: 10 });
    const [ears, watching] = [await listen(ana), await listen(api)];
    await ask(api, 'missed-1', 'quick');
    await ears.until('offer.created', ({ conversation_id }) => conversation_id === 'missed-1');
    await ears.until('offer.withdrawn', ({ cause }) => cause === 'timed_out');
    await watching.until(
      'offer.created',
      ({ conversation_id, agent_id }) => conversation_id === 'missed-1' && agent_id === 'bob',
    );
    await ask(api, 'missed-2', 'quick');
    await watching.until(
      'presence.changed',
      ({ agent_id, status, cause }) => agent_id === 'ana' && status === 'AWAY' && cause === 'missed_offers',
    );
    expect(await look(api, 'ana')).toMatchObject({ status: 'AWAY', active_count: 0 });
  }, 120_000);

  it('asks somebody else when an offer is declined, and the decliner again when nobody else is left', async () => {
    const api = await tenant({ plain: '{ routing_rules: [{ required_skills: { x: 1 } }] }' });
    const ana = await api.agent('ana', { skills: { x: 5 } });
    const bob = await api.agent('bob', { skills: { x: 1 } });
    const ears = await listen(ana);
    await ask(api, 'unwanted', 'plain');
    const first = await api.offer('ana', 'unwanted');
    expect((await decline(ana, first, 'In a meeting')).status).toBe(200);
    expect((await accept(ana, first)).status).toBe(409);
    expect(await ears.until('offer.withdrawn', ({ offer_id }) => offer_id === first.offer_id)).toMatchObject({
      cause: 'declined',
      reason: 'In a meeting',
    });
    const second = await api.offer('bob', 'unwanted');
    expect((await ana.get<Page<OfferView>>('/api/v1/offers')).body.items).toEqual([]);
    await bob.call('PUT', '/api/v1/human-agents/bob/presence', { status: 'OFFLINE' });
    const again = await api.offer('ana', 'unwanted', 60_000);
    expect([first.offer_id, second.offer_id]).not.toContain(again.offer_id);
    expect((await accept(ana, again)).status).toBe(200);
  }, 120_000);

  it('assigns without asking where the workflow says auto_accept', async () => {
    const api = await tenant({ auto: '{ offer: { mode: auto_accept } }' });
    await api.agent('ana');
    await ask(api, 'automatic', 'auto');
    await api.state('automatic', 'HUMAN_ACTIVE');
    expect(await api.conversation('automatic')).toMatchObject({ assigned_agent_id: 'ana' });
  }, 120_000);

  it('asks for less as time goes by, each step seen in the queue and on the stream, and the rules of longer waits', async () => {
    const api = await tenant({
      choosy: `
  routing_rules:
    - required_skills: { billing: 3, tax: 1 }
      preferred_skills: { wine: 1 }
      role: senior
      language: required
      relax: [{ after: 1s, levels: -1, any_language: true }, { after: 2s, drop: [tax], any_role: true }, { after: 3s, anyone: true }]`,
      later: `
  routing_rules:
    - when: "waited_seconds > 2"
      priority: URGENT
      queue: late
    - required_skills: { nobody_has_it: 5 }`,
    });
    const watching = await listen(api);
    await ask(api, 'relaxed', 'choosy', { id: 'cust_1', locale: 'es-MX' });
    expect(await item(api, 'relaxed')).toMatchObject({
      asked_skills: { billing: 3, tax: 1 },
      preferred_skills: { wine: 1 },
      language: 'es',
    });
    for (const step of [
      { step: 1, required_skills: { billing: 2, tax: 1 }, role: 'senior', language_required: false },
      { step: 2, required_skills: { billing: 2 }, role: null },
      { step: 3, required_skills: {}, role: null },
    ]) {
      expect(
        await watching.until(
          'queue.changed',
          (told) => told['change'] === 'relaxed' && told['step'] === step.step,
        ),
      ).toMatchObject(step);
    }
    expect(await item(api, 'relaxed', ({ relaxed_steps }) => relaxed_steps === 3)).toMatchObject({
      required_skills: {},
      required_role: null,
      language_required: false,
      next_step_at: null,
    });
    await ask(api, 'rerouted', 'later');
    expect(await watching.until('queue.changed', ({ change }) => change === 'rerouted')).toMatchObject({
      priority: 'URGENT',
      queue: 'late',
      required_skills: {},
    });
    expect(await item(api, 'rerouted', ({ priority }) => priority === 'URGENT')).toMatchObject({
      position: 1,
    });
    await api.agent('anyone', { max_concurrent: 1 });
    await api.offer('anyone', 'rerouted');
  }, 120_000);

  it('asks who knows the customer first, then who fits best, and spares who had their share of the hour', async () => {
    const api = await tenant({ plain: '{ routing_rules: [{ required_skills: { x: 1 } }] }' });
    const bob = await api.agent('bob', { skills: { x: 1 } });
    const carla = { id: 'cust_carla' };
    await ask(api, 'first-time', 'plain', carla);
    await accept(bob, await api.offer('bob', 'first-time'));
    await bob.post('/api/v1/hil/resolve/first-time', { outcome: 'RESOLVED' });
    const ana = await api.agent('ana', { skills: { x: 5 }, max_concurrent: 5 });
    await waitFor(async () => (await look(api, 'bob')).active_count === 0, {
      what: 'bob to be free',
      ...LONG,
    });
    await ask(api, 'second-time', 'plain', carla);
    await accept(bob, await api.offer('bob', 'second-time'));
    for (const id of ['best-1', 'best-2']) {
      await ask(api, id, 'plain', { id: `cust_${id}` });
      await accept(ana, await api.offer('ana', id));
    }
    // Both have had two of two now; a third colleague has had none.
    await api.agent('cem', { skills: { x: 1 } });
    await ask(api, 'fair', 'plain', { id: 'cust_fair' });
    await api.offer('cem', 'fair');
  }, 120_000);

  it("goes to who speaks the customer's language, and to nobody beyond their capacity by weight", async () => {
    const api = await tenant({ plain: '{}', heavy: '{ routing_rules: [{ weight: 2 }] }' });
    await api.agent('any', { skills: { x: 5 } });
    const esp = await api.agent('esp', { languages: ['en', 'es-ES'], max_concurrent: 3 });
    expect(await look(api, 'esp')).toMatchObject({ languages: ['en', 'es'] });
    await ask(api, 'hola', 'plain', { id: 'cust_h', locale: 'es-MX' });
    await accept(esp, await api.offer('esp', 'hola'));
    await ask(api, 'pesado', 'heavy', { id: 'cust_p', locale: 'es' });
    await accept(esp, await api.offer('esp', 'pesado'));
    expect(await look(api, 'esp')).toMatchObject({ active_count: 3 });
    await ask(api, 'otra', 'plain', { id: 'cust_o', locale: 'es' });
    await api.offer('any', 'otra');
    const { status, body } = await api.post<{ errors: { path: string }[] }>('/api/v1/human-agents', {
      name: 'Nobody',
      languages: ['not a language'],
    });
    expect({ status, path: body.errors?.[0]?.path }).toEqual({ status: 400, path: 'languages.0' });
  }, 120_000);

  it('orders by priority and age, keeps the age of what comes back, and says when time is running out', async () => {
    const api = await tenant({
      plain: '{}',
      short: '{ sla: { first_response: 2s, warn_at: 0.5 }, routing_rules: [{ priority: LOW }] }',
    });
    const watching = await listen(api);
    const ana = await api.agent('ana', { max_concurrent: 1 });
    await ask(api, 'oldest', 'plain');
    await accept(ana, await api.offer('ana', 'oldest'));
    const { enqueued_at } = (await watching.until(
      'queue.changed',
      ({ change, conversation_id }) => change === 'enqueued' && conversation_id === 'oldest',
    )) as { enqueued_at: string };
    await ask(api, 'hurried', 'short');
    await ask(api, 'newer', 'plain');
    await item(api, 'newer');
    await ana.call('PUT', '/api/v1/human-agents/ana/presence', { status: 'AWAY' });
    expect((await ana.post('/api/v1/hil/release/oldest', { note: 'My shift ends' })).status).toBe(200);
    expect(await item(api, 'oldest')).toMatchObject({ enqueued_at });
    await watching.until('queue.changed', ({ change }) => change === 'sla_warned');
    await watching.until('sla.breached', ({ conversation_id }) => conversation_id === 'hurried');
    expect(await item(api, 'hurried', ({ sla_breached }) => sla_breached === true)).toMatchObject({
      sla_warned: true,
    });
    const order = (await queue(api)).map((each) => each.conversation_id);
    expect(order.indexOf('oldest')).toBeLessThan(order.indexOf('newer'));
    expect((await queue(api)).map((each) => each.position)).toEqual([1, 2, 3]);
  }, 120_000);
});
