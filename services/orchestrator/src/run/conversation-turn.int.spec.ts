import { readFileSync } from 'node:fs';

import {
  BatonError,
  type BodyOf,
  type Completion,
  conversationRequests as conversations,
  type llmRequests,
  workflowRequests,
} from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { OrchestratorFixture } from './testing/orchestrator.fixture.js';

type Asked = BodyOf<typeof llmRequests.complete>;

const sample = (name: string): string =>
  readFileSync(new URL(`../../../../config/workflows/${name}.yaml`, import.meta.url), 'utf8');

/** What a served model says in a conversation about orders. */
const served =
  (intent: string, steps: readonly Partial<Completion>[]) =>
  ({ output_schema, call_id }: Asked): Partial<Completion> => {
    if (output_schema) return { output: { intent, confidence: 0.9 }, text: JSON.stringify({ intent }) };
    return steps[Number(call_id.split(':')[2]) - 1] ?? { text: 'I have nothing more to say' };
  };
const call = (name: string, args: unknown): Partial<Completion> => ({
  tool_calls: [{ id: `call_${name.replace('.', '_')}`, name, args }],
  stop_reason: 'tool_calls',
});
const finish = (reply: string, confidence: number) => call('finish', { reply, confidence });

describe('a turn of customer_support', () => {
  let fixture: OrchestratorFixture;
  let count = 0;

  beforeAll(async () => {
    fixture = await OrchestratorFixture.start({ 'customer_support.yaml': sample('customer_support') });
    await fixture.boot();
  });
  afterAll(() => fixture?.stop());
  beforeEach(() => {
    fixture.services.toolCalls = true;
    fixture.services.passages = [];
  });

  /** Sends a message in a conversation of its own and waits for what comes of it. */
  const say = async (message: string) => {
    const conversation_id = `conv_${(count += 1)}`;
    const turn_id = 't-1';
    await fixture.ask(conversations.receiveMessage, {
      conversation_id,
      turn_id,
      message,
      sender_type: 'user',
    });
    const turn = await waitFor(
      async () => {
        const now = await fixture.ask(conversations.turn, { conversation_id, turn_id });
        return ['COMPLETED', 'FAILED', 'CANCELLED', 'PAUSED'].includes(now.status) && now;
      },
      { what: 'the end of the turn', timeoutMs: 20_000 },
    );
    const conversation = await fixture.ask(conversations.get, { conversation_id });
    return { turn, conversation, context: conversation.handover_context };
  };

  it('looks an order up, and answers with what it found', async () => {
    fixture.services.complete = served('order_status', [
      call('orders.lookup', { order_id: '1001' }),
      finish('Order 1001 is shipped.', 0.93),
    ]);
    const { turn, conversation } = await say('Where is order 1001?');
    expect(turn).toMatchObject({
      status: 'COMPLETED',
      state: 'FINISHED',
      reply: { content: 'Order 1001 is shipped.', confidence: 0.93, sink: 'FINISH' },
    });
    expect(conversation.usage).toMatchObject({ input_tokens: 30, output_tokens: 15, cost_usd: '0.0003' });
  });

  it('refunds what the policy lets through, and waits for people with what it does not', async () => {
    fixture.services.complete = served('billing', [
      call('orders.refund', { order_id: '1003', amount: 20 }),
      finish('Refunded.', 0.9),
    ]);
    expect((await say('Refund 20 of order 1003')).turn.state).toBe('FINISHED');
    fixture.services.complete = served('billing', [call('orders.refund', { order_id: '1003', amount: 600 })]);
    const { turn, context } = await say('Refund 600 of order 1003');
    expect(turn).toMatchObject({
      state: 'PENDING_HUMAN',
      status: 'PAUSED',
      handover: { reason: 'approval' },
    });
    expect(context).toMatchObject({
      intent: 'billing',
      required_skills: { billing: 2 },
      priority: 'HIGH',
      approval_id: expect.stringMatching(/^appr_/),
    });
    expect(context?.note).toContain('orders.refund');
    const refunds = await fixture.database.system<{ amount_cents: number }>(
      `SELECT amount_cents FROM orchestrator.order_refunds WHERE order_id = '1003'`,
    );
    expect(refunds).toEqual([{ amount_cents: 2000 }]);
  });

  it('hands over who asks for a person, by the wish that was heard or by the classified intent', async () => {
    fixture.services.complete = served('technical', [finish('I can help you with that.', 0.99)]);
    expect((await say('I want to talk to a person')).turn.handover?.reason).toBe('explicit_request');
    fixture.services.complete = served('human', []);
    const { context } = await say('Get me somebody');
    expect(context).toMatchObject({ reason: 'explicit_request', note: 'The customer asked for a person' });
  });

  it('hands over what it is not sure of, what its agent gives away, and what failed', async () => {
    fixture.services.complete = served('technical', [finish('Perhaps try again?', 0.4)]);
    expect((await say('It is broken')).context).toMatchObject({
      reason: 'confidence_threshold',
      confidence: 0.4,
    });
    fixture.services.complete = served('technical', [
      call('conversation.handover', { reason: 'agent_decision', note: 'Needs a technician' }),
    ]);
    expect((await say('It is on fire')).context).toMatchObject({
      reason: 'agent_decision',
      note: 'Needs a technician',
    });
    fixture.services.complete = () => {
      throw new BatonError('model-output-invalid', 'Nothing usable came');
    };
    const { turn, context } = await say('Hello?');
    expect([turn.status, turn.state, context?.reason]).toEqual(['FAILED', 'PENDING_HUMAN', 'failure']);
  });

  it('answers from knowledge on a model without tool calls, and hands over what knowledge does not say', async () => {
    fixture.services.toolCalls = false;
    fixture.services.passages = [{ id: 'p1', title: 'Returns', content: 'Within 30 days.', score: 0.9 }];
    fixture.services.complete = ({ output_schema, documents }) => {
      if (output_schema) return { output: { intent: 'return', confidence: 0.8 }, confidence: 0.8 };
      if (documents?.length === 0) throw new BatonError('model-incapable', 'It only extracts');
      return { text: 'Within 30 days.', confidence: 0.9 };
    };
    expect((await say('How long may I return an item?')).turn).toMatchObject({
      state: 'FINISHED',
      reply: { content: 'Within 30 days.', confidence: 0.9 },
    });
    fixture.services.passages = [];
    expect((await say('What is the meaning of life?')).turn).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { reason: 'agent_decision' },
    });
  });

  it('ends with its run when that is cancelled', async () => {
    fixture.services.complete = () => new Promise(() => undefined);
    const conversation_id = 'conv_cancelled';
    const turn_id = 't-1';
    await fixture.ask(conversations.receiveMessage, {
      conversation_id,
      turn_id,
      message: 'hello',
      sender_type: 'user',
    });
    const run_id = await waitFor(
      async () => {
        const { items } = await fixture.ask(conversations.turns, { conversation_id });
        return items[0]?.run_id;
      },
      { what: 'the start of the run' },
    );
    const { result } = await fixture.ask(workflowRequests.cancelRun, { run_id });
    expect(result).toMatchObject({ status: 'CANCELLED', conversation_id });
    const turn = await fixture.ask(conversations.turn, { conversation_id, turn_id });
    expect([turn.status, turn.state, turn.reply]).toEqual(['CANCELLED', 'FINISHED', null]);
    await waitFor(() => fixture.services.cancelled.length > 0, { what: 'its model call to be cancelled' });
  });
});
