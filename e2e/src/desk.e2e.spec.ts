import { readFileSync } from 'node:fs';

import type { EventView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';
import { launchBrowser } from '@baton/testkit/browser';
import pg from 'pg';
import type { Browser } from 'playwright-core';

import { Api } from './api.js';
import { ChatPage } from './chat-page.js';
import { DeskPage, PATIENCE_MS } from './desk/desk-page.js';
import { staffSocket } from './listeners.js';

const ASKS_FOR_A_PERSON = 'I want to talk to a person';

/** In the page: a browser that allows notifications, and counts them and the tones, and can seem to be looked away from. */
const SPIES = `
  globalThis.alerts = { notified: [], tones: 0, isHidden: false };
  globalThis.Notification = class extends EventTarget {
    static permission = 'granted';
    static requestPermission = () => Promise.resolve('granted');
    constructor(title) { super(); alerts.notified.push(title); }
    close() {}
  };
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...when) { alerts.tones += 1; return start.apply(this, when); };
  Object.defineProperty(document, 'visibilityState', { get: () => (alerts.isHidden ? 'hidden' : 'visible') });
`;

/** Nobody has what it asks for, so nobody is there. */
const CALLS_BACK = `
name: calls_back
nodes:
  go: { type: sink, sink: HANDOVER, reason: explicit_request }
hil_config: { no_agent_available: callback, routing_rules: [{ required_skills: { telepathy: 5 } }] }
`;

describe('the desk, in a browser', () => {
  let baton: RunningBaton;
  let api: Api;
  let browser: Browser;
  const tokens = new Map<string, string>();

  const asCustomer = async (id: string, message: string, name: string): Promise<void> => {
    const { status } = await api.say(id, message, { body: { customer: { id: `cust_${id}`, name } } });
    expect(status).toBe(200);
  };
  const desk = (who: string, options = {}): Promise<DeskPage> =>
    DeskPage.open(browser, baton.url, tokens.get(who), options);
  const presence = (who: string, status: string): Promise<unknown> =>
    api.call('PUT', `/api/v1/human-agents/${who}/presence`, { status });
  const humanMessages = async (id: string): Promise<string[]> =>
    (await api.messages(id)).filter(({ role }) => role === 'human_agent').map(({ content }) => content);
  const lastEvent = (id: string, type: string): Promise<EventView> =>
    waitFor(async () => (await api.events(id)).findLast((event) => event.type === `conversation.${type}`), {
      what: `${type} of ${id}`,
      timeoutMs: PATIENCE_MS,
    });

  beforeAll(async () => {
    // Between stories nobody is there, on a slow machine for longer than would be let pass.
    const env = { BATON_DEMO: 'on', BATON_AGENT_GONE_SECONDS: '3600' };
    [baton, browser] = await Promise.all([startBaton({ env }), launchBrowser()]);
    api = new Api(baton.url, baton.apiKey);
    const people = [
      { agent_id: 'ana', name: 'Ana Ruiz', skills: { billing: 4 }, max_concurrent: 10 },
      { agent_id: 'tom', name: 'Tom Berg', skills: { technical: 3 } },
      { agent_id: 'sue', name: 'Sue Okafor', role: 'supervisor' },
      { agent_id: 'ada', name: 'Ada Novak', role: 'admin' },
    ];
    for (const person of people) {
      await api.post('/api/v1/human-agents', person);
      const { body } = await api.post<{ token: string }>(`/api/v1/human-agents/${person.agent_id}/token`);
      tokens.set(person.agent_id, body.token);
    }
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await baton?.stop();
  });

  it('lets somebody in by a link whose token is gone from the address at once, and nobody else', async () => {
    const stranger = await DeskPage.open(browser, baton.url);
    const field = stranger.page.getByLabel('Staff token', { exact: true });
    await field.fill('dev-key');
    await stranger.button('Sign in').click();
    await stranger.page.getByText('This is not a staff token').waitFor();
    expect(await stranger.violations()).toEqual([]);
    const [head, claims] = (tokens.get('ana') ?? '').split('.');
    await field.fill(`${head}.${claims}.AAAA`);
    await stranger.button('Sign in').click();
    await stranger.page.getByText('Your token is no longer valid').waitFor();
    await field.fill(tokens.get('ana') ?? '');
    await stranger.button('Sign in').click();
    await stranger.page.getByRole('heading', { name: 'My conversations' }).waitFor();
    await stranger.close();

    const ana = await desk('ana');
    await ana.page.getByRole('heading', { name: 'My conversations' }).waitFor();
    expect(ana.page.url()).not.toContain('token');
    await ana.page.reload();
    await ana.page.getByRole('heading', { name: 'My conversations' }).waitFor();
    const other = await ana.page.context().newPage();
    await other.goto(`${baton.url}/desk`);
    await other.getByLabel('Staff token', { exact: true }).waitFor();
    expect(ana.errors).toEqual([]);
    await ana.close();
  }, 240_000);

  it('offers a conversation that one key accepts, and carries what both sides say', async () => {
    const ana = await desk('ana');
    await ana.setPresence('Online');
    await asCustomer('story', 'How long do I have to return an item?', 'Maria Lindqvist');
    await asCustomer('story', ASKS_FOR_A_PERSON, 'Maria Lindqvist');
    await ana.offer.getByText('Asked for a person').waitFor();
    await ana.offer.getByText('Maria Lindqvist').waitFor();
    await ana.offer.getByText(/\d+ s left/).waitFor();
    await ana.page.keyboard.press('a');
    await ana.reply.waitFor();
    expect(await api.conversation('story')).toMatchObject({
      state: 'HUMAN_ACTIVE',
      assigned_agent_id: 'ana',
    });

    await ana.said('30 days').waitFor();
    await ana.said('You took over').waitFor();
    await ana.reply.fill('/mom');
    await ana.reply.press('Enter');
    expect(await ana.reply.inputValue()).toBe('One moment please, I am looking into it.');
    await ana.reply.press('Enter');
    await ana.answer('It is on its way.');
    await ana.said('It is on its way.').waitFor();
    await waitFor(async () => (await humanMessages('story')).length === 2, { what: 'both answers' });
    expect(await humanMessages('story')).toEqual([
      'One moment please, I am looking into it.',
      'It is on its way.',
    ]);
    await api.post('/api/v1/conversations/story/typing', { typing: true });
    await ana.messages.getByText('Maria Lindqvist is typing').waitFor();
    await api.say('story', 'Thank you, Ana!', { wait: 0 });
    await ana.said('Thank you, Ana!').waitFor();
    // What no human has answered the AI would take up when it is given back.
    await ana.answer('You are welcome.');
    await waitFor(async () => (await humanMessages('story')).length === 3, { what: 'the last answer' });
    expect(ana.errors).toEqual([]);
    await ana.close();
  }, 240_000);

  it('tells what happened, and the state at any version; finds conversations; remembers', async () => {
    const ana = await desk('ana');
    await ana.openConversation('story');
    await ana.page.getByRole('tab', { name: 'Timeline' }).click();
    const events = await api.events('story');
    const assigned = events.find(({ type }) => type === 'conversation.assigned');
    await ana.page.getByRole('button', { name: /assigned .*Show the state/ }).click();
    await ana.page.getByRole('heading', { name: `At version ${assigned?.version}` }).waitFor();
    await ana.page.getByRole('button', { name: /handed over .*Show the state/ }).click();
    await ana.page.locator('aside [data-state="PENDING_HUMAN"]').waitFor();
    await ana.page.getByRole('tab', { name: 'Memory' }).click();
    await ana.page.getByRole('tabpanel').getByText('Turn 1').waitFor();

    await ana.go('/search');
    await ana.page.getByLabel('Search in conversations').fill('Lindqvist');
    await ana.page.getByRole('link', { name: /Maria Lindqvist/ }).click();
    await ana.said('Thank you, Ana!').waitFor();
    expect(ana.errors).toEqual([]);
    await ana.close();
  }, 240_000);

  it('transfers to a colleague, who gives it back to the AI with guidance', async () => {
    const [ana, tom] = await Promise.all([desk('ana'), desk('tom')]);
    await tom.setPresence('Online');
    await ana.openConversation('story');
    await ana.reply.press('Escape');
    await ana.page.keyboard.press('t');
    await ana.page.getByRole('combobox', { name: 'Agent' }).click();
    await ana.page.getByRole('option', { name: /Tom Berg/ }).click();
    await ana.page.getByLabel('Note for the next person').fill('Needs somebody technical');
    await ana.page.getByRole('dialog').getByRole('button', { name: 'Transfer' }).click();
    await tom.acceptOffer();
    await tom.said('Needs somebody technical').first().waitFor();
    await ana.page.getByText('Tom Berg has this conversation.').waitFor();

    await tom.reply.press('Escape');
    await tom.page.keyboard.press('b');
    await tom.page.getByLabel('Guidance for the AI').fill('They may return it without the box.');
    await tom.page.getByRole('dialog').getByRole('button', { name: 'Give back to the AI' }).click();
    await tom.page.getByText('The AI has this conversation.').waitFor();
    await tom.said('Guidance: They may return it without the box.').waitFor();
    await asCustomer('story', 'How long do I have to return an item?', 'Maria Lindqvist');
    // Only what is seen is drawn: the answer is the last line.
    await tom.messages.locator('li').last().getByText('30 days').waitFor();
    expect([...ana.errors, ...tom.errors]).toEqual([]);
    await presence('tom', 'OFFLINE');
    await Promise.all([ana.close(), tom.close()]);
  }, 240_000);

  it('lets a supervisor whisper, take over and resolve, and the customer hears none of it', async () => {
    const [ana, sue] = await Promise.all([desk('ana'), desk('sue')]);
    await asCustomer('watched', ASKS_FOR_A_PERSON, 'Jonas Weber');
    await ana.acceptOffer();
    await sue.go('/team');
    await sue.page.getByRole('link', { name: 'Jonas Weber' }).click();
    const whisper = sue.page.getByLabel('Whisper to Ana Ruiz');
    await whisper.fill('Offer the discount');
    await whisper.press('Enter');
    await ana.said('Whisper from Sue Okafor').getByText('Offer the discount').waitFor();
    await sue.button('Take over').click();
    await sue.reply.waitFor();
    await ana.page.getByText('Sue Okafor has this conversation.').waitFor();
    await sue.answer('I am Sue.');
    await ana.said('I am Sue.').waitFor();

    await sue.button('Resolve').click();
    await sue.page.getByLabel('What was the outcome?').fill('Discount given');
    await sue.page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
    await sue.button('Done').click();
    await sue.page.getByText('This conversation is resolved.').waitFor();
    await api.state('watched', 'RESOLVED');

    const { body } = await api.post<{ token: string }>('/api/v1/conversations/watched/token');
    const seen = await api.as(body.token).messages('watched');
    expect(JSON.stringify(seen)).not.toContain('discount');
    expect([...ana.errors, ...sue.errors]).toEqual([]);
    await Promise.all([ana.close(), sue.close()]);
  }, 240_000);

  it('joins the customer in the widget with the agent in the desk', async () => {
    const [chat, ana] = await Promise.all([ChatPage.open(browser, baton.url), desk('ana')]);
    await chat.say(ASKS_FOR_A_PERSON);
    await ana.acceptOffer();
    await ana.answer('Hello from the desk');
    await chat.said('person').filter({ hasText: 'Hello from the desk' }).waitFor();
    await chat.say('Hello from the widget');
    await ana.said('Hello from the widget').waitFor();
    expect(await chat.said('person').count()).toBe(1);
    // Who waits for an answer for too long goes back to the queue, into a later story.
    await ana.answer('Glad that you are here');
    await chat.said('person').filter({ hasText: 'Glad that you are here' }).waitFor();
    expect([...ana.errors, ...chat.troubles]).toEqual([]);
    await Promise.all([ana.close(), chat.page.context().close()]);
  }, 240_000);

  it('loses and doubles nothing when the gateway is killed in mid-conversation, the draft included', async () => {
    const ana = await desk('ana');
    await asCustomer('killed', ASKS_FOR_A_PERSON, 'Zoë Martin');
    await ana.acceptOffer();
    await ana.answer('Before the gateway died');
    await ana.said('Before the gateway died').waitFor();
    baton.services.gateway.kill('SIGKILL');
    await ana.answer('While nobody was there');
    await ana.reply.fill('Half a sentence that is not sent');
    await ana.page.getByText('Reconnecting…').first().waitFor();
    await ana.said('While nobody was there').waitFor();
    await api.sayUntilAccepted('killed', 'after', 'I wrote when it was back');
    await ana.said('I wrote when it was back').waitFor();
    await waitFor(async () => (await ana.page.locator('[data-outgoing]').count()) === 0, {
      what: 'all that was sent to be in the log',
      timeoutMs: PATIENCE_MS,
    });
    await ana.page.getByText('Reconnecting…').first().waitFor({ state: 'hidden' });
    expect(await ana.reply.inputValue()).toBe('Half a sentence that is not sent');
    expect(await humanMessages('killed')).toEqual(['Before the gateway died', 'While nobody was there']);
    for (const text of ['Before the gateway died', 'While nobody was there', 'I wrote when it was back'])
      expect(await ana.said(text).count()).toBe(1);

    await ana.page.reload();
    await ana.said('I wrote when it was back').waitFor();
    expect(await ana.reply.inputValue()).toBe('Half a sentence that is not sent');
    await ana.answer('I read it');
    await ana.said('I read it').waitFor();
    expect(ana.errors).toEqual([]);
    await ana.close();
  }, 300_000);

  it('declines with a reason, assigns, releases with a note, and gives back to an AI that goes on at once', async () => {
    const [ana, tom, sue] = await Promise.all([desk('ana'), desk('tom'), desk('sue')]);
    await presence('ana', 'ONLINE');
    const ears = await staffSocket(api.as(tokens.get('ana') ?? ''));
    await asCustomer('passed', ASKS_FOR_A_PERSON, 'Ingrid Olsen');
    await ana.offer.getByText('Ingrid Olsen').waitFor();
    await ana.button('Decline').click();
    await ana.page.getByRole('menuitem', { name: 'Not my subject' }).click();
    const isIt = ({ conversation_id }: Record<string, unknown>): boolean => conversation_id === 'passed';
    expect(await ears.until('offer.withdrawn', isIt)).toMatchObject({
      agent_id: 'ana',
      cause: 'declined',
      reason: 'Not my subject',
    });
    await ears.stop();
    // Where nobody else is there she would be asked again.
    await presence('ana', 'OFFLINE');

    await sue.go('/team');
    await sue.page.locator('[data-conversation="passed"]').getByRole('button', { name: 'Assign' }).click();
    await sue.page.getByRole('combobox', { name: 'Agent' }).click();
    await sue.page.getByRole('option', { name: /Tom Berg/ }).click();
    await sue.page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click();
    await api.state('passed', 'HUMAN_ACTIVE');
    expect(await api.conversation('passed')).toMatchObject({ assigned_agent_id: 'tom' });

    await tom.openConversation('passed');
    await tom.reply.waitFor();
    await tom.button('More actions').click();
    await tom.page.getByRole('menuitem', { name: 'Release to the queue' }).click();
    await tom.page.getByLabel('Note (optional)').fill('My shift ends');
    await tom.page.getByRole('dialog').getByRole('button', { name: 'Release to the queue' }).click();
    await tom.said('You released it to the queue').getByText('My shift ends').waitFor();
    await api.state('passed', 'PENDING_HUMAN');
    expect(await lastEvent('passed', 'released')).toMatchObject({
      data: { agent_id: 'tom', note: 'My shift ends' },
    });

    await sue.openConversation('passed');
    await sue.button('Take over').click();
    await sue.reply.waitFor();
    await api.say('passed', 'How long do I have to return an item?', { wait: 0 });
    await sue.said('How long do I have to return an item?').waitFor();
    await sue.answer('The AI will tell you.');
    await waitFor(async () => (await humanMessages('passed')).length === 1, { what: 'the answer' });
    await sue.button('Give back').click();
    await sue.page.getByLabel('Let the AI answer at once').check();
    await sue.page.getByRole('dialog').getByRole('button', { name: 'Give back to the AI' }).click();
    const given = await lastEvent('passed', 'returned_to_ai');
    // Nothing was left to answer: only the box makes it speak.
    const turn = await waitFor(
      async () =>
        (await api.events('passed')).find(
          ({ type, version }) => type === 'conversation.turn_completed' && version > given.version,
        ),
      { what: 'the turn of the AI', timeoutMs: PATIENCE_MS },
    );
    expect(JSON.stringify(turn.data['reply'])).toContain('30 days');
    expect([...ana.errors, ...tom.errors, ...sue.errors]).toEqual([]);
    await Promise.all([ana.close(), tom.close(), sue.close()]);
  }, 240_000);

  it('rings and notifies of an offer for those who chose it, and for nobody else', async () => {
    await presence('ana', 'AWAY');
    const ana = await desk('ana');
    await ana.page.addInitScript(SPIES);
    await ana.page.reload();
    const choose = async (isWanted: boolean): Promise<void> => {
      await ana.page.keyboard.press('Control+k');
      await ana.page.getByRole('combobox', { name: 'Commands' }).fill('preferences');
      await ana.page.getByRole('option', { name: 'Preferences' }).click();
      const dialog = ana.page.getByRole('dialog', { name: 'Preferences' });
      await dialog.getByRole('switch', { name: 'Sound for offers' }).setChecked(isWanted);
      await dialog.getByRole('switch', { name: 'Desktop notifications' }).setChecked(isWanted);
      await ana.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    };
    const alerts = (): Promise<{ notified: string[]; tones: number }> => ana.page.evaluate('alerts');
    await ana.page.getByRole('button', { name: /Your presence: Away/ }).waitFor();
    await choose(true);
    // The desk hears of it by the stream: from then on it hears of offers too.
    await presence('ana', 'ONLINE');
    await ana.page.getByRole('button', { name: /Your presence: Online/ }).waitFor();
    await ana.page.evaluate('alerts.isHidden = true');
    await asCustomer('rings', ASKS_FOR_A_PERSON, 'Lea Novak');
    await ana.offer.getByText('Lea Novak').waitFor();
    await waitFor(async () => (await alerts()).notified.length > 0 && (await alerts()).tones > 0, {
      what: 'a notification and a sound',
      timeoutMs: PATIENCE_MS,
    });
    expect((await alerts()).notified).toContain('A conversation is offered to you');
    await ana.acceptOffer();

    await choose(false);
    const before = await alerts();
    await asCustomer('silent', ASKS_FOR_A_PERSON, 'Ole Dahl');
    await ana.offer.getByText('Ole Dahl').waitFor();
    expect(await alerts()).toEqual(before);
    await ana.acceptOffer();
    for (const id of ['rings', 'silent']) {
      await api.state(id, 'HUMAN_ACTIVE');
      const resolved = await api.post(`/api/v1/hil/resolve/${id}`, { outcome: 'RESOLVED' });
      expect(resolved.status).toBe(200);
    }
    expect(ana.errors).toEqual([]);
    await ana.close();
  }, 240_000);

  it('marks who is to be called back, and shows what Baton told the customer', async () => {
    const put = await api.call('PUT', '/api/v1/workflows/calls_back', CALLS_BACK, {
      'content-type': 'application/yaml',
    });
    expect(put.status).toBe(200);
    await api.say('promised', 'A person, please', {
      body: { workflow_name: 'calls_back', customer: { id: 'cust_promised', name: 'Noor Haddad' } },
    });
    const told = await lastEvent('promised', 'notice_sent');
    const sue = await desk('sue');
    await sue.go('/queue');
    const promised = sue.page.locator('[data-conversation="promised"]');
    await promised.getByText('Callback · Asked').waitFor();
    await promised.getByRole('link', { name: 'Noor Haddad' }).waitFor();
    await sue.openConversation('promised');
    await sue.said('With the AI until a person calls back').waitFor();
    await sue.said('Told to the customer').getByText(String(told.data['content'])).waitFor();
    expect(sue.errors).toEqual([]);
    await sue.close();
  }, 240_000);

  it('shows a supervisor whose time it took and what it cost, by whom, for chosen days, and as a file', async () => {
    const sue = await desk('sue');
    await sue.go('/analytics');
    for (const chart of [
      'Time by owner',
      'Cost by owner',
      'Wait for a person',
      'Satisfaction by who handled it',
    ])
      await sue.page.getByRole('heading', { name: chart }).waitFor();
    await sue.page.locator('svg .recharts-bar-rectangle').first().waitFor();

    await sue.page.getByLabel('By', { exact: true }).selectOption({ label: 'Agent' });
    const table = sue.page.getByRole('region', { name: 'The same as a table' });
    const ana = table
      .getByRole('row')
      .filter({ has: sue.page.getByRole('rowheader', { name: 'ana', exact: true }) });
    await ana.waitFor();
    const { body: byAgent } = await api.call<{ groups: { group: string; conversations: number }[] }>(
      'GET',
      '/api/v1/analytics/summary?group_by=agent',
    );
    const expected = byAgent.groups.find(({ group }) => group === 'ana')?.conversations;
    expect(await ana.getByRole('cell').first().textContent()).toBe(String(expected));
    expect(await sue.violations()).toEqual([]);

    const saved = sue.page.waitForEvent('download');
    await sue.button('Download CSV').focus();
    await sue.page.keyboard.press('Enter');
    const file = await (await saved).path();
    const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\r\n');
    expect(head).toMatch(/^conversation_id,started_at,/);
    const { body: all } = await api.call<{ conversations: number }>('GET', '/api/v1/analytics/summary');
    expect(lines).toHaveLength(all.conversations);
    const story = lines.find((line) => line.startsWith('story,'))?.split(',');
    expect(story?.[head.split(',').indexOf('handled_by')]).toBe('human');

    await sue.page.getByLabel('To', { exact: true }).fill('2020-01-02');
    await sue.page.getByText('Comes before the first day').waitFor();
    expect(await sue.button('Download CSV').isDisabled()).toBe(true);
    await sue.page.getByLabel('From', { exact: true }).fill('2020-01-01');
    await sue.page.getByText('Nothing happened in this time').waitFor();
    expect(await sue.violations()).toEqual([]);
    await sue.page.getByText('7 days', { exact: true }).click();
    await ana.waitFor();
    expect(sue.errors).toEqual([]);
    await sue.close();
  }, 240_000);

  it('tells whoever has to find out what happened in a conversation: who had it, what the AI did, what it cost', async () => {
    const ana = await desk('ana');
    await ana.openConversation('story');
    await ana.page.getByRole('tab', { name: 'Timeline' }).click();
    await ana.page.getByRole('link', { name: 'Open the inspector' }).click();
    await ana.page.getByRole('heading', { name: 'What happened' }).waitFor();
    const log = (at: DeskPage) => at.page.getByRole('list', { name: 'Events, oldest first' });
    const events = await api.events('story');
    await log(ana)
      .locator(`[data-version="${events.at(-1)?.version}"]`)
      .waitFor();
    await log(ana).getByText('Handed over: Asked for a person').first().waitFor();
    await log(ana).getByText('Ana Ruiz has it').first().waitFor();
    // What a run did is for supervisors.
    expect(await ana.button('Show what the run did').count()).toBe(0);
    const handed = events.find(({ type }) => type === 'conversation.handed_over');
    await ana.page.getByRole('button', { name: `Show event ${handed?.version} as JSON` }).press('Enter');
    const raw = ana.page.getByRole('region', { name: `Event ${handed?.version} as JSON` });
    expect(JSON.parse((await raw.textContent()) ?? '')).toMatchObject({
      type: 'conversation.handed_over',
      trace_id: handed?.trace_id,
    });
    expect(handed?.trace_id).toMatch(/^[\da-f]{32}$/);
    await ana.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await ana.button('Copy the trace id').first().click();
    expect(await ana.page.evaluate('navigator.clipboard.readText()')).toMatch(/^[\da-f]{32}$/);
    await ana.page.getByText('Who has it', { exact: true }).click();
    await log(ana).locator('[data-kind="ai"]').first().waitFor({ state: 'detached' });
    expect(await ana.violations()).toEqual([]);
    await ana.close();

    const sue = await desk('sue');
    await sue.go('/inspect/story');
    await sue.button('Show what the run did').first().click();
    const run = sue.page.getByRole('list', { name: 'What the run did' });
    await run.getByText(/The run began: customer_support v\d/).waitFor();
    await run
      .getByText(/Step \w+: completed/)
      .first()
      .waitFor();
    await sue.page
      .getByText(/took .* tokens in, .* out/)
      .first()
      .waitFor();
    expect(await sue.violations()).toEqual([]);
    await sue.go('/inspect/nobody-here');
    await sue.page.getByText('There is no such conversation.').waitFor();
    expect([...ana.errors, ...sue.errors.filter((error) => !error.includes('404'))]).toEqual([]);
    await sue.close();
  }, 240_000);

  it('shows administrators how Baton is, and lets them settle what it gave up on; nobody else', async () => {
    const database = new pg.Client(baton.servers.postgres.url);
    await database.connect();
    await database.query(
      `INSERT INTO memory_worker.dead_letters (tenant_id, consumer, stream_type, stream_id, version, type, reason, attempts)
       VALUES ('default', 'memory-worker-turns', 'conversation', 'story', 1, 'conversation.started', 'internal: a defect', 5),
              ('another', 'memory-worker-turns', 'conversation', 'theirs', 1, 'conversation.started', 'internal: secret', 5)`,
    );
    await database.end();
    const sue = await desk('sue');
    await sue.go('/system');
    await sue.page.getByText('This page is for administrators.').waitFor();
    expect(await sue.page.getByRole('link', { name: 'System' }).count()).toBe(0);
    await sue.close();

    const ada = await desk('ada');
    await ada.page.getByRole('link', { name: 'System' }).click();
    await ada.page.getByRole('heading', { name: 'Services and what they depend on' }).waitFor();
    for (const service of ['gateway', 'orchestrator', 'queue-manager', 'memory-worker', 'llm-router'])
      for (const dependency of ['postgres', 'nats', 'redis'])
        await ada.page
          .locator(`[data-service="${service}"] [data-dependency="${dependency}"] [data-state="up"]`)
          .waitFor();
    // The other tenant's counts as a figure; which it is, and why, is not shown.
    await ada.page.getByText('2 parked in memory-worker-turns').waitFor();
    await ada.page.locator('[data-promise="history"]').waitFor();
    await ada.page.locator('[data-log="orchestrator"]').waitFor();
    await ada.page.locator('[data-consumer="memory-worker-turns"]').waitFor();
    const letter = ada.page.locator('[data-letter]');
    await letter.getByText('internal: a defect').waitFor();
    expect(await letter.count()).toBe(1);
    expect(await ada.violations()).toEqual([]);

    await letter.getByRole('button', { name: 'Skip' }).click();
    const dialog = ada.page.getByRole('dialog', { name: 'Skip the event' });
    const skip = dialog.getByRole('button', { name: 'Skip' });
    expect(await skip.isDisabled()).toBe(true);
    await dialog.getByLabel('Why (goes into the journal)').fill('of a test');
    expect(await ada.violations()).toEqual([]);
    await skip.click();
    await ada.page.getByText('No dead letters.').waitFor();
    await ada.page.getByText('Settled', { exact: true }).click();
    await letter.getByText(/Skipped by Ada Novak, .*: of a test/).waitFor({ timeout: 90_000 });
    await letter.getByRole('link', { name: 'Inspect' }).click();
    await ada.page.getByRole('heading', { name: 'What happened' }).waitFor();
    expect(ada.errors).toEqual([]);
    await ada.close();

    const phone = await desk('ada', { viewport: { width: 375, height: 740 }, hasTouch: true });
    for (const [path, ready] of [
      ['/system', 'Services and what they depend on'],
      ['/inspect/story', 'What happened'],
    ] as const) {
      await phone.go(path);
      await phone.page.getByRole('heading', { name: ready }).waitFor();
      expect(await phone.page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
      expect(await phone.violations()).toEqual([]);
    }
    expect(phone.errors).toEqual([]);
    await phone.close();
  }, 300_000);

  it('breaks no rule of WCAG 2.2 AA on any page, in light and dark, on a phone too', async () => {
    await presence('ana', 'OFFLINE');
    await asCustomer('waits', ASKS_FOR_A_PERSON, 'Priya Natarajan');
    const broken: Record<string, string[]> = {};
    const look = async (at: DeskPage, name: string): Promise<void> => {
      const found = await at.violations();
      if (found.length > 0) broken[name] = found;
    };
    const lookAtDialog = async (at: DeskPage, action: string): Promise<void> => {
      await at.button('More actions').click();
      await at.page.getByRole('menuitem', { name: action, exact: true }).click();
      const dialog = at.page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Cancel' }).last().waitFor();
      await look(at, action);
      await at.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    };
    const sue = await desk('sue');
    const pages = [
      { path: '/', ready: 'Choose a conversation' },
      { path: '/queue', ready: 'Priya Natarajan' },
      { path: '/search', ready: 'Type at least two letters.' },
      { path: '/team', ready: 'Free places' },
      { path: '/analytics', ready: 'Why conversations were handed over' },
    ];
    for (const { path, ready } of pages) {
      await sue.go(path);
      await sue.page.getByText(ready).first().waitFor();
      await look(sue, path);
    }
    await sue.openConversation('killed');
    await sue.said('I wrote when it was back').waitFor();
    await look(sue, 'conversation of another');
    await lookAtDialog(sue, 'Assign to an agent');
    for (const [key, dialog] of [
      ['Shift+?', 'Keyboard shortcuts'],
      ['Control+k', 'Commands'],
    ] as const) {
      await sue.page.keyboard.press(key);
      await sue.page.getByRole('dialog', { name: dialog }).waitFor();
      await look(sue, dialog);
      await sue.page.keyboard.press('Escape');
      await sue.page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    await sue.page.keyboard.press('Control+k');
    await sue.page.keyboard.type('preferences');
    await sue.page.keyboard.press('Enter');
    await sue.page.getByRole('dialog', { name: 'Preferences' }).waitFor();
    await look(sue, 'preferences');

    const ana = await desk('ana');
    await ana.openConversation('killed');
    await ana.reply.waitFor();
    for (const tab of ['Customer', 'Memory', 'Timeline']) {
      await ana.page.getByRole('tab', { name: tab }).click();
      await look(ana, tab);
    }
    for (const action of ['Resolve', 'Transfer', 'Give back to the AI', 'Release to the queue'])
      await lookAtDialog(ana, action);
    await ana.setPresence('Online');
    await ana.offer.waitFor();
    await look(ana, 'offer');
    await ana.close();

    const phone = await desk('ana', { viewport: { width: 375, height: 740 }, hasTouch: true });
    await phone.page.getByRole('link', { name: /Zoë Martin/ }).click();
    await phone.reply.waitFor();
    await look(phone, 'phone');
    const isTooWide = await phone.page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect(isTooWide).toBe(false);
    await phone.page.getByRole('link', { name: 'Back to the list' }).click();
    await phone.page.getByRole('heading', { name: 'My conversations' }).waitFor();
    await look(phone, 'phone list');
    expect(broken).toEqual({});
    expect([...sue.errors, ...phone.errors]).toEqual([]);
    await Promise.all([sue.close(), phone.close()]);
  }, 600_000);
});
