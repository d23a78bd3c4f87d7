import { type ConsultationEvent, isBatonError } from '@baton/contracts';
import fc from 'fast-check';

import type { ConsultationCommand } from './consultation.commands.js';
import { consultationDecider } from './consultation.decider.js';
import type { Consultation } from './consultation.state.js';

const question = fc.integer({ min: 0, max: 5 });
const notice = { message_id: 'msg_s', content: 'It takes longer' };

/** What people, agents, clocks and decisions may do, in any order and any number of times. */
const command: fc.Arbitrary<ConsultationCommand> = fc.oneof(
  question.map((id): ConsultationCommand => ({
    type: 'Ask',
    message_id: `q${id}`,
    answer_id: `a${id}`,
    content: 'Why?',
    asked_by: id % 2 === 0 ? 'lena' : 'tom',
  })),
  question.map((id): ConsultationCommand => ({
    type: 'Answer',
    question_id: `q${id}`,
    content: 'Because',
    tools: [],
    proposed_plan: null,
    usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0' },
  })),
  question.map((id): ConsultationCommand => ({
    type: 'FailAnswer',
    question_id: `q${id}`,
    content: 'No answer',
    error: { code: 'model-unavailable', message: 'away' },
  })),
  question.map((id): ConsultationCommand => ({ type: 'TellSlow', question_id: `q${id}`, notice })),
  fc.constantFrom('ended', 'decided', 'idle', 'over').map((cause): ConsultationCommand => ({
    type: 'End',
    outcome: cause === 'decided' || cause === 'ended' ? 'COMPLETED' : 'CANCELLED',
    cause,
    closing: { message_id: 'msg_end', content: 'Over' },
  })),
);

const start: ConsultationCommand = {
  type: 'Start',
  consultation: {
    consultation_id: 'cons_1',
    approval_id: 'appr_1',
    run_id: 'run_1',
    conversation_id: null,
    workflow: { name: 'w', version: 1 },
    node_id: null,
    pauses_run: false,
    started_by: 'lena',
  },
  opening: { message_id: 'msg_0', content: 'Open' },
};

interface World {
  state: Consultation;
  events: ConsultationEvent[];
}

const play = (world: World, each: ConsultationCommand): void => {
  let events: readonly ConsultationEvent[];
  try {
    events = consultationDecider.decide(each, world.state);
  } catch (error) {
    // Refused is said with a code of ours; anything else is a fault.
    if (!isBatonError(error)) throw error;
    return;
  }
  for (const event of events) {
    world.state = consultationDecider.evolve(world.state, {
      ...event,
      occurred_at: '2026-11-22T10:00:00.000Z',
    });
    world.events.push(event);
  }
};

describe('a consultation, whatever happens in whichever order', () => {
  it('opens and closes with a SYSTEM message, ends once, and answers each question at most once, behind it', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const world: World = { state: consultationDecider.initialState(), events: [] };
        for (const each of [start, ...commands]) play(world, each);
        const { state, events } = world;
        const messages = events.flatMap((event) =>
          event.type === 'consultation.message' ? [event.data] : [],
        );
        const ends = events.filter(({ type }) => type === 'consultation.ended');
        expect(events[0]?.type).toBe('consultation.started');
        expect(messages[0]?.role).toBe('SYSTEM');
        expect(ends.length).toBeLessThanOrEqual(1);
        if (ends.length === 1) {
          expect(events.at(-1)?.type).toBe('consultation.ended');
          expect(messages.at(-1)).toMatchObject({ role: 'SYSTEM', message_id: 'msg_end' });
          expect(state).toMatchObject({ open_questions: [] });
          expect(state.status).not.toBe('ACTIVE');
        }
        let open: string[] = [];
        for (const { role, message_id, metadata } of messages) {
          if (role === 'HUMAN') open.push(message_id);
          const settles = role === 'AGENT' || metadata.error !== undefined;
          if (settles) expect(open).toContain(metadata.in_reply_to);
          if (settles) open = open.filter((id) => id !== metadata.in_reply_to);
        }
        if (state.status === 'ACTIVE')
          expect([...new Set(state.open_questions.map(({ message_id }) => message_id))]).toEqual([
            ...new Set(open),
          ]);
      }),
    );
  });
});
