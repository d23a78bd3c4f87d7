import type { ConsultationEvent } from '@baton/contracts';
import { fold } from '@baton/event-store';

import type { ConsultationCommand } from './consultation.commands.js';
import { consultationDecider, MOST_OPEN_QUESTIONS } from './consultation.decider.js';

const about = {
  consultation_id: 'cons_1',
  approval_id: 'appr_1',
  run_id: 'run_1',
  conversation_id: 'conv_1',
};
const start: ConsultationCommand = {
  type: 'Start',
  consultation: {
    ...about,
    workflow: { name: 'order_management', version: 1 },
    node_id: 'handle',
    pauses_run: false,
    started_by: 'lena',
  },
  opening: { message_id: 'msg_0', content: 'Lena talks with the agent' },
};
const ask = (number: number, asked_by = 'lena'): ConsultationCommand => ({
  type: 'Ask',
  message_id: `q${number}`,
  answer_id: `a${number}`,
  content: `Question ${number}`,
  asked_by,
});
const answer = (number: number, content = 'Since it came broken'): ConsultationCommand => ({
  type: 'Answer',
  question_id: `q${number}`,
  content,
  tools: [],
  proposed_plan: null,
  usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0' },
});
const end = (cause: 'ended' | 'decided' | 'idle' | 'over' = 'ended'): ConsultationCommand => ({
  type: 'End',
  outcome: cause === 'idle' || cause === 'over' ? 'CANCELLED' : 'COMPLETED',
  cause,
  closing: { message_id: 'msg_end', content: 'It has ended' },
});

const after = (...commands: readonly ConsultationCommand[]) =>
  commands.reduce<{ events: ConsultationEvent[] }>(
    ({ events }, command) => {
      const state = stateOf(events);
      return { events: [...events, ...consultationDecider.decide(command, state)] };
    },
    { events: [] },
  ).events;
const stateOf = (events: readonly ConsultationEvent[]) =>
  fold(
    consultationDecider,
    events.map((event) => ({ ...event, occurred_at: '2026-11-22T10:00:00.000Z' })),
  );
const roles = (events: readonly ConsultationEvent[]) =>
  events.flatMap((event) => (event.type === 'consultation.message' ? [event.data.role] : []));

describe('a consultation', () => {
  it('opens and closes with a SYSTEM message, and has both sides between', () => {
    const events = after(start, ask(1), answer(1), end());
    expect(roles(events)).toEqual(['SYSTEM', 'HUMAN', 'AGENT', 'SYSTEM']);
    expect(events.at(-1)).toEqual({
      type: 'consultation.ended',
      data: { ...about, outcome: 'COMPLETED', cause: 'ended' },
    });
    expect(stateOf(events)).toMatchObject({ status: 'COMPLETED', asked: 1, open_questions: [] });
  });

  it('has several people in it, whose questions wait for their answers in order', () => {
    const events = after(start, ask(1), ask(2, 'tom'), answer(2));
    expect(stateOf(events)).toMatchObject({
      asked: 2,
      open_questions: [{ message_id: 'q1', answer_id: 'a1' }],
    });
    const [, , first, second, reply] = events;
    expect(first?.data).toMatchObject({ metadata: { agent_id: 'lena', answer_id: 'a1' } });
    expect(second?.data).toMatchObject({ metadata: { agent_id: 'tom' } });
    expect(reply?.data).toMatchObject({ message_id: 'a2', metadata: { in_reply_to: 'q2' } });
  });

  it('answers a question once, whoever else has answered it too', () => {
    expect(after(start, ask(1), answer(1), answer(1, 'Another answer'))).toHaveLength(4);
    expect(after(start, ask(1), answer(7))).toHaveLength(3);
  });

  it('says once of a question that its answer takes its time, and not behind the answer', () => {
    const slow: ConsultationCommand = {
      type: 'TellSlow',
      question_id: 'q1',
      notice: { message_id: 'msg_slow', content: 'It takes longer' },
    };
    const events = after(start, ask(1), slow, slow, answer(1), slow);
    expect(roles(events)).toEqual(['SYSTEM', 'HUMAN', 'SYSTEM', 'AGENT']);
  });

  it('says that no answer comes, and stays open', () => {
    const failed: ConsultationCommand = {
      type: 'FailAnswer',
      question_id: 'q1',
      content: 'The agent could not answer',
      error: { code: 'model-unavailable', message: 'No model answers' },
    };
    const events = after(start, ask(1), failed, answer(1), ask(2), answer(2));
    expect(roles(events)).toEqual(['SYSTEM', 'HUMAN', 'SYSTEM', 'HUMAN', 'AGENT']);
    expect(events[3]?.data).toMatchObject({
      message_id: 'a1',
      metadata: { in_reply_to: 'q1', error: { code: 'model-unavailable' } },
    });
    expect(stateOf(events)).toMatchObject({ status: 'ACTIVE' });
  });

  it('carries a proposed plan and what was looked at with the answer', () => {
    const plan = { request: 'Less', steps: [{ tool: 'orders.refund', args: { amount: 300 }, reason: null }] };
    const events = after(start, ask(1), {
      ...answer(1),
      proposed_plan: plan,
      tools: [{ tool: 'orders.lookup', outcome: '{}' }],
    } as ConsultationCommand);
    expect(events.at(-1)?.data).toMatchObject({
      metadata: { proposed_plan: plan, tools: [{ tool: 'orders.lookup' }] },
    });
  });

  it('refuses what comes behind its end, and hears no answer any more', () => {
    const ended = stateOf(after(start, ask(1), end('decided')));
    expect(ended).toMatchObject({ status: 'COMPLETED' });
    for (const command of [ask(2), end()])
      expect(() => consultationDecider.decide(command, ended)).toThrow(
        expect.objectContaining({ code: 'invalid-transition', details: { state: 'COMPLETED' } }),
      );
    for (const command of [answer(1), end('idle'), end('decided'), end('over')])
      expect(consultationDecider.decide(command, ended)).toEqual([]);
  });

  it('is unknown before it begins, and begins once', () => {
    const none = consultationDecider.initialState();
    for (const command of [ask(1), answer(1), end()])
      expect(() => consultationDecider.decide(command, none)).toThrow(
        expect.objectContaining({ code: 'not-found' }),
      );
    expect(after(start, start)).toHaveLength(2);
  });

  it('has whoever asks on and on wait for answers', () => {
    const many = Array.from({ length: MOST_OPEN_QUESTIONS }, (_, index) => ask(index));
    const full = stateOf(after(start, ...many));
    expect(() => consultationDecider.decide(ask(99), full)).toThrow(
      expect.objectContaining({ code: 'too-many-requests' }),
    );
  });

  it('ends without a word where nothing can be sealed any more', () => {
    const events = consultationDecider.decide(
      { type: 'End', outcome: 'CANCELLED', cause: 'over', closing: null },
      stateOf(after(start)),
    );
    expect(events.map(({ type }) => type)).toEqual(['consultation.ended']);
  });

  it('is told by its log behind the erasure of what was said', () => {
    const erased = after(start, ask(1)).map((event) =>
      event.type === 'consultation.message'
        ? { ...event, data: { ...event.data, content: '[erased]', metadata: '[erased]' as never } }
        : event,
    );
    expect(stateOf(erased)).toMatchObject({ status: 'ACTIVE', asked: 1, open_questions: [] });
  });
});
