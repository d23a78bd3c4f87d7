import type { TurnView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { HOSTILE_STRINGS, type ModelRequest, ModelServer, modelSteps, waitFor } from '@baton/testkit';
import { launchBrowser } from '@baton/testkit/browser';
import type { Browser, Locator } from 'playwright-core';

import { Api } from './api.js';
import { DeskPage, PATIENCE_MS } from './desk/desk-page.js';
import { PlayedApprovals } from './desk/played-approvals.js';
import { PlayedGateway } from './desk/played-gateway.js';

const { callTools, json, say } = modelSteps;

const CRITICAL = { risk_tier: 'CRITICAL', risk_score: 90, reasons: ['Scored 90'] };
const LOW = { risk_tier: 'LOW', risk_score: 0, reasons: ['Every reply of this workflow is looked at'] };

describe('approvals in the desk, on a played gateway', () => {
  let browser: Browser;
  let gateway: PlayedGateway;
  let played: PlayedApprovals;

  beforeAll(async () => {
    browser = await launchBrowser();
  }, 120_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    gateway = await PlayedGateway.start();
    gateway.addAgent('ana', { role: 'senior', name: 'Ana Ruiz' });
    gateway.addAgent('omar', { role: 'senior', name: 'Omar Haddad' });
    gateway.addConversation('story', {
      state: 'PENDING_HUMAN',
      assigned_agent_id: null,
      customer: { id: 'c', name: 'Maria Lindqvist' },
    });
    played = new PlayedApprovals(gateway);
  });
  afterEach(() => gateway.stop());

  const open = async (path: string): Promise<DeskPage> => {
    const desk = await DeskPage.open(browser, gateway.url, PlayedGateway.tokenOf('ana'));
    await waitFor(() => Promise.resolve(gateway.isListenedTo), {
      what: 'the desk to listen',
      timeoutMs: PATIENCE_MS,
    });
    await desk.go(path);
    return desk;
  };
  const plan = (desk: DeskPage): Locator => desk.page.getByRole('list', { name: 'What would be done' });
  const decided = (count: number) =>
    waitFor(() => Promise.resolve(played.decided.length >= count && played.decided[count - 1]), {
      what: `decision ${count}`,
      timeoutMs: PATIENCE_MS,
    });

  it('lists what waits, shows what would be done in words of its own, and takes keys: what is critical is asked once more', async () => {
    gateway.addConversation('other', { state: 'FINISHED', customer: { id: 'd', name: 'Jonas Weber' } });
    played.add('appr_1');
    played.add('appr_2', { required_role: 'supervisor', conversation_id: 'other' });
    played.add('appr_3', {
      approvals_needed: 1,
      risk_assessment: { ...CRITICAL, risk_tier: 'HIGH' },
      expires_at: new Date(Date.now() + 7_200_000).toISOString(),
    });
    played.onDecide = (approval, body) => ({
      ...approval,
      status: approval['approval_id'] === 'appr_1' ? 'PENDING' : 'REJECTED',
      decisions: [
        {
          decision: body['decision'],
          decided_by: { agent_id: 'ana', role: 'senior' },
          message: body['message'] ?? null,
          decided_at: new Date().toISOString(),
          edited_plan: null,
          changes: [],
        },
      ],
    });
    const desk = await open('/approvals');
    await desk.page.getByRole('link', { name: 'Approvals, 2 to decide' }).waitFor();
    await desk.page.locator('[data-approval="appr_1"]').waitFor();
    await desk.press('j', plan(desk).getByText('Refund (orders)'));
    expect(await plan(desk).getByText('Amount').count()).toBe(1);
    expect(await plan(desk).getByText('600', { exact: true }).count()).toBe(1);
    await plan(desk).getByText('The agent’s reason, in its own words:').waitFor();
    await desk.page.getByText('Needs 2 of the role Senior agent or above; 0 so far.').waitFor();
    await desk.page.getByRole('timer').first().waitFor();
    expect(await desk.violations()).toEqual([]);

    const dialog = desk.page.getByRole('dialog', { name: /critical/ });
    await desk.press('y', dialog.getByText('Refund (orders)'));
    expect(played.decided).toEqual([]);
    expect(await desk.violations()).toEqual([]);
    await desk.page.keyboard.press('Control+Enter');
    expect(await decided(1)).toEqual({ id: 'appr_1', body: { decision: 'APPROVE' } });
    await desk.page.getByText('You have decided. Another person has to as well.').waitFor();
    await desk.page.getByText('1 so far').waitFor();
    await desk.page.getByRole('region', { name: 'Who decided what' }).getByText('Ana Ruiz').waitFor();

    // The other that waits for this role; by one key, with a reason.
    await desk.page.getByRole('link', { name: 'Approvals, 1 to decide' }).waitFor();
    await desk.go('/approvals/appr_3');
    await desk.page.getByRole('button', { name: /^Reject/ }).waitFor();
    const whyNot = desk.page.getByRole('textbox', { name: 'Why not? (optional)' });
    await desk.press('n', whyNot);
    await whyNot.fill('No photo of it');
    await whyNot.press('Control+Enter');
    expect((await decided(2))?.body).toEqual({ decision: 'REJECT', message: 'No photo of it' });
    await desk.page.getByText('Rejected', { exact: true }).first().waitFor();

    // What is above the role can be read, and not decided.
    await desk.go('/approvals/appr_2');
    await desk.page.getByText('This needs the role Supervisor.').waitFor();
    expect(await desk.page.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
    expect(desk.errors).toEqual([]);
    await desk.close();
  }, 240_000);

  it('edits by the fields of the tool: numbers stay numbers, mistakes stand beside them, and the change is shown first', async () => {
    played.add('appr_1');
    played.onDecide = (approval, body) => {
      const amount = (body['edited_plan'] as { steps: { args: { amount: unknown } }[] }).steps[0]?.args
        .amount;
      if (amount === 999)
        return {
          type: 'urn:baton:problem:validation-failed',
          title: 'The request is not valid',
          detail: 'The plan is not valid',
          status: 400,
          errors: [{ path: 'edited_plan.steps[0].args.amount', message: 'more than is left of the order' }],
        };
      return { ...approval, status: 'EDITED', edited_to: 'appr_9' };
    };
    played.add('appr_9', { edited_from: 'appr_1', status: 'EXECUTED' });
    const desk = await open('/approvals/appr_1');
    await plan(desk).waitFor();
    const amount = desk.page.getByRole('textbox', { name: 'Amount' });
    await desk.press('m', amount);
    const submit = desk.page.getByRole('button', { name: 'Decide on the edit' });
    await amount.fill('three hundred');
    await desk.page.getByText('This must be a number.').waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await amount.fill('2000');
    await desk.page.getByText('This must be at most 1000.').waitFor();
    await amount.fill('999');
    const changes = desk.page.getByRole('table', { name: 'What changes' });
    await changes.getByRole('rowheader', { name: 'Amount' }).waitFor();
    expect(await desk.violations()).toEqual([]);
    await submit.click();
    await desk.page.getByText('more than is left of the order').waitFor();
    await amount.fill('300');
    await changes.getByText('300').waitFor();
    await desk.page.getByRole('button', { name: 'Edit as JSON' }).click();
    const json = desk.page.getByRole('textbox', { name: 'Arguments as JSON' });
    await json.fill('{ "order_id": ');
    await desk.page.getByText('This is no JSON.').waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await json.fill('{ "order_id": "1001", "amount": 300 }');
    await json.press('Control+Enter');
    expect((await decided(2))?.body).toEqual({
      decision: 'EDIT',
      edited_plan: {
        steps: [
          {
            tool: 'orders.refund',
            args: { order_id: '1001', amount: 300 },
            reason: 'It came broken, I refund everything',
          },
        ],
      },
    });
    await desk.page.getByText('This is the edit of an earlier approval').waitFor();
    // The one refusal that was played is the browser's to tell of.
    expect(desk.errors.filter((error) => !/status of 400/.test(error))).toEqual([]);
    await desk.close();
  }, 240_000);

  it('talks with the agent beside the plan: word by word, with others, up to a plan that is taken into an edit', async () => {
    played.add('appr_1', { approvals_needed: 1 });
    played.answer = (question) =>
      question.includes('half')
        ? {
            content: 'Half of it would be 300.',
            proposed_plan: {
              request: 'orders.refund',
              steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 300 }, reason: 'Half' }],
            },
          }
        : { content: 'Both parts came broken.' };
    const desk = await open('/approvals/appr_1');
    await plan(desk).waitFor();
    const panel = desk.page.getByRole('complementary', { name: 'Ask the agent' });
    await desk.press('c', panel);
    const box = panel.getByRole('textbox', { name: 'Your question to the agent' });
    await box.fill('Why all of it?');
    await box.press('Enter');
    const log = panel.getByRole('log');
    await log.getByText('Both parts came broken.').waitFor();
    await log.getByText('A consultation about this approval has begun').waitFor();
    expect(await log.getByText('Why all of it?').count()).toBe(1);
    await waitFor(() => Promise.resolve((gateway.consulting.get('cons_1')?.size ?? 0) > 0), {
      what: 'the panel to listen',
      timeoutMs: PATIENCE_MS,
    });
    gateway.tellConsultation('cons_1', { type: 'delta', message_id: 'msg_x', content: 'I am still ' });
    await log.locator('[data-speaking]').getByText('I am still').waitFor();
    gateway.tellConsultation('cons_1', {
      type: 'message',
      message_id: 'msg_x',
      role: 'AGENT',
      content: 'I am still sure.',
      timestamp: new Date().toISOString(),
    });
    await log.getByText('I am still sure.').waitFor();
    expect(await log.locator('[data-speaking]').count()).toBe(0);
    played.say('HUMAN', 'What of the other half?', { agent_id: 'omar' });
    await log.getByText('What of the other half?').waitFor();
    gateway.tellConsultation('cons_1', { type: 'error', status: 409, detail: 'One question at a time' });
    await panel.getByText('One question at a time').waitFor();

    await box.fill('What if it were half?');
    await box.press('Enter');
    await panel.getByRole('region', { name: 'A plan that the agent proposes' }).waitFor();
    await log.getByText('Omar Haddad').waitFor();
    expect(await desk.violations()).toEqual([]);
    await panel.getByRole('button', { name: 'Take it into an edit' }).click();
    expect(await desk.page.getByRole('textbox', { name: 'Amount' }).inputValue()).toBe('300');
    await desk.page.getByRole('table', { name: 'What changes' }).getByText('300').waitFor();
    await panel.getByRole('button', { name: 'End' }).click();
    await log.getByText('The consultation is over').waitFor();
    expect(played.decided).toEqual([]);
    expect(played.asked).toEqual(['Why all of it?', 'What if it were half?']);
    expect(desk.errors).toEqual([]);
    await desk.close();
  }, 240_000);

  it('holds a draft before the customer: it is sent, changed, asked for anew or dropped, whatever stands in it', async () => {
    const hostile = HOSTILE_STRINGS.join('\n');
    const draft = (content: string) => ({
      kind: 'draft',
      approvals_needed: 1,
      required_role: 'agent',
      risk_assessment: LOW,
      plan: { request: 'reply', steps: [{ tool: 'conversation.reply', args: { content }, reason: hostile }] },
    });
    gateway.addConversation('story', { customer: { id: 'c', name: 'Maria Lindqvist' } });
    played.add('appr_1', draft('It ships on Monday.'));
    const desk = await open('/c/story');
    const shown = desk.page.getByRole('region', { name: 'Draft of a reply' });
    await shown.getByText('It ships on Monday.').waitFor();
    expect(await desk.violations()).toEqual([]);
    await shown.getByRole('button', { name: /^Edit and send/ }).click();
    await shown.getByRole('textbox', { name: 'Content' }).fill('It ships on Tuesday.');
    await shown.getByRole('button', { name: 'Decide on the edit' }).click();
    expect(JSON.stringify((await decided(1))?.body)).toContain('"content":"It ships on Tuesday."');
    await shown.waitFor({ state: 'detached' });

    for (const [id, key, decision] of [
      ['appr_2', 'g', 'RESPOND'],
      ['appr_3', 'n', 'REJECT'],
      ['appr_4', 'y', 'APPROVE'],
    ] as const) {
      played.add(id, draft(`A draft: ${id}`));
      gateway.notify('approval.requested', { approval_id: id, required_role: 'agent' });
      await shown.getByText(`A draft: ${id}`).waitFor();
      await desk.page.locator('body').click({ position: { x: 2, y: 2 } });
      const words = desk.page.getByRole('dialog').getByRole('textbox');
      // Sent at once, and gone from the page.
      if (decision === 'APPROVE') await desk.page.keyboard.press(key);
      else await desk.press(key, words);
      if (decision === 'RESPOND') await words.fill('Shorter, please');
      if (decision !== 'APPROVE') await words.press('Control+Enter');
      const { body } = (await waitFor(() => Promise.resolve(played.decided.find((each) => each.id === id)), {
        what: `a decision on ${id}`,
        timeoutMs: PATIENCE_MS,
      })) as { body: Record<string, unknown> };
      expect(body['decision']).toBe(decision);
      await shown.waitFor({ state: 'detached' });
    }
    expect(desk.errors).toEqual([]);
    await desk.close();
  }, 240_000);
});

/** A model that reads a refund, looks the order up, asks for all that was asked for, and says what was really done. */
const refunds = (request: ModelRequest) => {
  const { schema, toolNames, toolResults, lastUser } = request;
  if (toolNames.includes('propose_plan') || request.prompt.includes('Somebody of our own team asks you')) {
    if (!lastUser.includes('half')) return say('Both parts came broken, and 1000 is left of the order.');
    if (toolResults.length > 0) return say('Half of it would be 300; I have proposed that.');
    return callTools({
      name: 'propose_plan',
      args: {
        request: 'Refund half of it',
        steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 300 }, reason: 'Half of it' }],
      },
    });
  }
  if (schema !== undefined) return json({ request: 'refund', confidence: 0.95 });
  const order_id = /order (\d{4})/i.exec(request.prompt)?.[1] ?? '1001';
  const amount = Number(/(\d+) dollars/.exec(request.prompt)?.[1]);
  if (toolResults.length === 0) return callTools({ name: 'orders.lookup', args: { order_id } });
  const paid = /"amount":\s*(\d+)/.exec(toolResults.slice(1).join('\n'))?.[1];
  if (paid === undefined && toolResults.length === 1)
    return callTools({ name: 'orders.refund', args: { order_id, amount } });
  return callTools({ name: 'finish', args: { reply: `I have refunded ${paid} dollars.`, confidence: 0.95 } });
};

/** A person sends what the AI writes. */
const DRAFTS = `
name: drafts
nodes:
  answer: { type: agent, agent: simple, prompt: "Answer: {{ input.message }}" }
  done: { type: sink, sink: FINISH, needs: [answer], reply: "{{ nodes.answer.text }}" }
hil_config: { reply_mode: draft }
`;

describe('approvals in the desk, on a running Baton', () => {
  let model: ModelServer;
  let baton: RunningBaton;
  let browser: Browser;
  let api: Api;
  const people = new Map<string, Api>();

  beforeAll(async () => {
    model = await ModelServer.start();
    model.respond(refunds);
    const env = {
      OPENAI_BASE_URL: model.openAiUrl,
      OPENAI_API_KEY: 'played',
      BATON_MODEL_FAST: 'openai/test-model',
      BATON_MODEL_SMART: 'openai/test-model',
      BATON_AGENT_GONE_SECONDS: '3600',
    };
    [baton, browser] = await Promise.all([startBaton({ env }), launchBrowser()]);
    api = new Api(baton.url, baton.apiKey);
    people.set(
      'lena',
      await api.agent('lena', { name: 'Lena Vogel', role: 'senior', skills: { billing: 4 } }),
    );
    people.set('omar', await api.agent('omar', { name: 'Omar Haddad' }));
    // He looks and decides; what is offered is offered to Lena.
    await api.call('PUT', '/api/v1/human-agents/omar/presence', { status: 'OFFLINE' });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await baton?.stop();
    await model?.stop();
  });

  const desk = (who: string): Promise<DeskPage> => DeskPage.open(browser, baton.url, people.get(who)?.token);
  /** The same turn, asked for until it has an outcome: on a slow machine that takes more than one wait. */
  const outcomeOf = (id: string, message: string, body: Record<string, unknown>): Promise<TurnView> =>
    waitFor(
      async () => {
        const answer = await api.say(id, message, { turnId: `t-${id}`, body });
        return answer.status === 200 && answer.body;
      },
      { what: `the outcome of ${id}`, timeoutMs: 180_000 },
    );
  const shot = async (on: DeskPage, name: string): Promise<void> => {
    const folder = process.env['UPDATE_IMAGES'];
    if (folder === undefined) return;
    await on.page.emulateMedia({ colorScheme: 'light' });
    await on.page.screenshot({ path: `${folder}/${name}.png` });
  };
  const refundsOf = async (order_id: string): Promise<unknown[]> => {
    const { body } = await api.post<{ result: { refunds: unknown[] } }>(
      '/api/v1/tools/orders.lookup/execute',
      { args: { order_id } },
    );
    return body.result.refunds;
  };

  it('stops a refund of 600 dollars; a senior asks twice and edits it to 300; it runs once and the customer hears of it', async () => {
    const lena = await desk('lena');
    await lena.go('/approvals');
    await lena.page.getByText('Nothing is to be decided').waitFor();
    const body = await outcomeOf('broken', 'Order 1001 came broken, I want 600 dollars back', {
      workflow_name: 'order_management',
      customer: { id: 'cust_m', name: 'Maria Lindqvist' },
    });
    expect([body.status, body.state, body.reply]).toEqual(['PAUSED', 'PENDING_HUMAN', null]);
    expect(body.handover).toMatchObject({ reason: 'approval' });
    expect(await refundsOf('1001')).toEqual([]);

    // It is in the list without a reload, and in the way of nobody whose role does not suffice.
    const row = lena.page.locator('[data-approval]');
    await row.getByText('Maria Lindqvist').waitFor();
    await lena.page.getByRole('link', { name: 'Approvals, 1 to decide' }).waitFor();
    const plan = lena.page.getByRole('list', { name: 'What would be done' });
    await lena.press('j', plan.getByText('Refund (orders)'));
    await plan.getByText('600', { exact: true }).waitFor();
    await lena.page.getByText('Needs 2 of the role Senior agent or above; 0 so far.').waitFor();
    await shot(lena, 'desk-approvals');

    const panel = lena.page.getByRole('complementary', { name: 'Ask the agent' });
    await lena.press('c', panel);
    const box = panel.getByRole('textbox', { name: 'Your question to the agent' });
    await box.fill('Why all of it?');
    await box.press('Enter');
    await panel.getByText('Both parts came broken').waitFor();
    // Somebody else comes to it, and sees what was said.
    const omar = await desk('omar');
    await omar.go('/approvals');
    await omar.page.getByText('All', { exact: true }).click();
    await omar.page.locator('[data-approval]').click();
    await omar.page.getByText('This needs the role Senior agent.').waitFor();
    const others = omar.page.getByRole('complementary', { name: 'Ask the agent' });
    await omar.press('c', others);
    await others.getByText('Both parts came broken').waitFor();

    await box.fill('What if it were half?');
    await box.press('Enter');
    await panel.getByRole('region', { name: 'A plan that the agent proposes' }).waitFor();
    await others.getByText('What if it were half?').waitFor();
    await others.getByText('Half of it would be 300').waitFor();
    expect(await lena.violations()).toEqual([]);
    await shot(lena, 'desk-consultation');
    expect(await refundsOf('1001')).toEqual([]);

    await panel.getByRole('button', { name: 'Take it into an edit' }).click();
    await lena.page.getByRole('table', { name: 'What changes' }).getByText('300').waitFor();
    await shot(lena, 'desk-approval-edit');
    await lena.page.getByRole('button', { name: 'Decide on the edit' }).click();
    await waitFor(async () => (await api.conversation('broken')).state === 'FINISHED', {
      what: 'the AI to go on',
      timeoutMs: PATIENCE_MS,
    });
    const said = (await api.messages('broken')).map(({ role, content }) => `${role}: ${content}`);
    expect(said.at(-1)).toBe('assistant: I have refunded 300 dollars.');
    expect(said.filter((each) => each.startsWith('system'))).toHaveLength(1);
    expect(await refundsOf('1001')).toMatchObject([{ amount: 300 }]);
    await lena.page.getByText('This is the edit of an earlier approval').waitFor();
    await lena.page.getByText('Done', { exact: true }).first().waitFor();
    await shot(lena, 'desk-approval-done');
    await lena.openConversation('broken');
    await lena.said('I have refunded 300 dollars.').waitFor();
    await lena.said('Decided: the AI goes on').waitFor();
    expect([lena.errors, omar.errors]).toEqual([[], []]);
    await Promise.all([lena.close(), omar.close()]);
  }, 400_000);

  it('has whoever took the conversation over decide, and goes on when it is given back', async () => {
    const lena = await desk('lena');
    const body = await outcomeOf('taken', 'Order 1002 came late, I want 90 dollars back', {
      workflow_name: 'order_management',
      customer: { id: 'cust_t', name: 'Ines Moreau' },
    });
    expect(body.status).toBe('PAUSED');
    await lena.acceptOffer();
    const asked = lena.page.locator('[data-approval]');
    await asked.getByText('The AI asks before it goes on: Refund (orders)').waitFor();
    await asked.getByRole('link', { name: 'Decide' }).click();
    await lena.page.getByText('the run goes on when it is given back to the AI').waitFor();
    // Omar's role would do; but Lena has the conversation.
    const { body: list } = await api.get<{ items: { approval_id: string }[] }>(
      '/api/v1/approvals?status=PENDING&conversation_id=taken',
    );
    const omar = people.get('omar') as Api;
    const path = `/api/v1/approvals/${list.items[0]?.approval_id}/decision`;
    expect((await omar.post(path, { decision: 'APPROVE' })).status).toBe(403);
    await lena.page.getByRole('button', { name: /^Approve/ }).click();
    await lena.page.getByText('Approved', { exact: true }).first().waitFor();
    expect(await refundsOf('1002')).toEqual([]);

    await lena.openConversation('taken');
    await lena.button('Give back').click();
    await lena.page.getByRole('dialog').getByRole('button', { name: 'Give back to the AI' }).click();
    await lena.said('I have refunded 90 dollars.').waitFor();
    expect(await refundsOf('1002')).toMatchObject([{ amount: 90 }]);
    expect(lena.errors).toEqual([]);
    await lena.close();
  }, 400_000);

  it("holds the AI's reply as a draft until somebody sends it, changed", async () => {
    await api.call('PUT', '/api/v1/workflows/drafts', DRAFTS, { 'content-type': 'application/yaml' });
    model.respond(() => say('It ships on Monday.'));
    const body = await outcomeOf('held', 'When does it ship?', {
      workflow_name: 'drafts',
      customer: { id: 'cust_h', name: 'Jonas Weber' },
    });
    expect([body.status, body.reply]).toEqual(['PAUSED', null]);
    const omar = await desk('omar');
    await omar.openConversation('held');
    const draft = omar.page.getByRole('region', { name: 'Draft of a reply' });
    await draft.getByText('It ships on Monday.').waitFor();
    await shot(omar, 'desk-draft');
    await draft.getByRole('button', { name: /^Edit and send/ }).click();
    await draft.getByRole('textbox', { name: 'Content' }).fill('It ships on Tuesday.');
    await draft.getByRole('button', { name: 'Decide on the edit' }).click();
    await omar.said('It ships on Tuesday.').waitFor();
    await draft.waitFor({ state: 'detached' });
    const said = (await api.messages('held')).filter(({ role }) => role === 'assistant');
    expect(said.map(({ content }) => content)).toEqual(['It ships on Tuesday.']);
    expect(omar.errors).toEqual([]);
    await omar.close();
  }, 240_000);
});
