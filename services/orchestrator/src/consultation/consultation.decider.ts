import { BatonError, type ConsultationEvent } from '@baton/contracts';
import type { Decider, Stamped } from '@baton/event-store';

import type { Answer, Ask, ConsultationCommand, End, FailAnswer, TellSlow } from './consultation.commands.js';
import type { Consultation, KnownConsultation, OpenQuestion } from './consultation.state.js';

type Events = readonly ConsultationEvent[];

/** Each costs a call of a model: who asks on without waiting for answers is told to wait. */
export const MOST_OPEN_QUESTIONS = 20;

const decide = (command: ConsultationCommand, state: Consultation): Events => {
  if (command.type === 'Start') {
    if (state.status !== 'NONE') return [];
    const { consultation, opening } = command;
    return [
      { type: 'consultation.started', data: consultation },
      said(consultation, opening.message_id, 'SYSTEM', opening.content, {}),
    ];
  }
  if (state.status === 'NONE') throw noSuchConsultation();
  switch (command.type) {
    case 'Ask':
      return ask(command, state);
    case 'TellSlow':
      return tellSlow(command, state);
    case 'Answer':
      return answer(command, state);
    case 'FailAnswer':
      return failAnswer(command, state);
    case 'End':
      return end(command, state);
    default:
      return command satisfies never;
  }
};

const ask = ({ message_id, answer_id, content, asked_by }: Ask, state: KnownConsultation): Events => {
  if (state.status !== 'ACTIVE') throw overAlready(state);
  if (state.open_questions.length >= MOST_OPEN_QUESTIONS)
    throw new BatonError(
      'too-many-requests',
      `${MOST_OPEN_QUESTIONS} questions wait for an answer: let the agent answer first`,
      { retryAfterMs: 5_000 },
    );
  return [said(state, message_id, 'HUMAN', content, { agent_id: asked_by, answer_id })];
};

const tellSlow = ({ question_id, notice }: TellSlow, state: KnownConsultation): Events => {
  const question = openQuestion(state, question_id);
  if (!question || question.is_told_slow) return [];
  return [said(state, notice.message_id, 'SYSTEM', notice.content, { in_reply_to: question_id })];
};

/** An answer comes once; one that comes behind the end is not heard any more. */
const answer = (
  { question_id, content, tools, proposed_plan, usage }: Answer,
  state: KnownConsultation,
): Events => {
  const question = openQuestion(state, question_id);
  if (!question) return [];
  return [
    said(state, question.answer_id, 'AGENT', content, {
      in_reply_to: question_id,
      ...(tools.length > 0 && { tools: [...tools] }),
      ...(proposed_plan && { proposed_plan }),
      usage,
    }),
  ];
};

const failAnswer = ({ question_id, content, error }: FailAnswer, state: KnownConsultation): Events => {
  const question = openQuestion(state, question_id);
  if (!question) return [];
  return [said(state, question.answer_id, 'SYSTEM', content, { in_reply_to: question_id, error })];
};

const end = ({ outcome, cause, closing }: End, state: KnownConsultation): Events => {
  if (state.status !== 'ACTIVE') {
    if (cause === 'ended') throw overAlready(state);
    return [];
  }
  return [
    ...(closing ? [said(state, closing.message_id, 'SYSTEM', closing.content, {})] : []),
    { type: 'consultation.ended', data: { ...aboutOf(state), outcome, cause } },
  ];
};

const openQuestion = (state: KnownConsultation, questionId: string): OpenQuestion | undefined =>
  state.status === 'ACTIVE'
    ? state.open_questions.find(({ message_id }) => message_id === questionId)
    : undefined;

type MessageData = Extract<ConsultationEvent, { type: 'consultation.message' }>['data'];

const said = (
  of: Pick<KnownConsultation, 'consultation_id' | 'approval_id' | 'run_id' | 'conversation_id'>,
  message_id: string,
  role: MessageData['role'],
  content: string,
  metadata: MessageData['metadata'],
): ConsultationEvent => ({
  type: 'consultation.message',
  data: { ...aboutOf(of), message_id, role, content, metadata },
});

const aboutOf = ({
  consultation_id,
  approval_id,
  run_id,
  conversation_id,
}: Pick<KnownConsultation, 'consultation_id' | 'approval_id' | 'run_id' | 'conversation_id'>) => ({
  consultation_id,
  approval_id,
  run_id,
  conversation_id,
});

const evolve = (state: Consultation, event: Stamped<ConsultationEvent>): Consultation => {
  if (event.type === 'consultation.started') return state.status === 'NONE' ? started(event) : state;
  if (state.status !== 'ACTIVE') return state;
  switch (event.type) {
    case 'consultation.message':
      return heard({ ...state, updated_at: event.occurred_at }, event);
    case 'consultation.ended':
      return {
        ...state,
        status: event.data.outcome,
        open_questions: [],
        updated_at: event.occurred_at,
        completed_at: event.occurred_at,
      };
    default:
      return unknownEvent(state, event);
  }
};

/** A type that a newer version wrote: this one ignores it. */
const unknownEvent = (state: Consultation, _event: never): Consultation => state;

const started = ({
  data,
  occurred_at,
}: Extract<Stamped<ConsultationEvent>, { type: 'consultation.started' }>): KnownConsultation => ({
  ...data,
  status: 'ACTIVE',
  open_questions: [],
  asked: 0,
  started_at: occurred_at,
  updated_at: occurred_at,
  completed_at: null,
});

const heard = (
  state: KnownConsultation,
  { data, occurred_at }: Extract<Stamped<ConsultationEvent>, { type: 'consultation.message' }>,
): KnownConsultation => {
  // Of what was erased no more is known than that something was said.
  const { answer_id, in_reply_to, error } = data.metadata as Partial<MessageData['metadata']>;
  if (data.role === 'HUMAN') {
    const { message_id } = data;
    const asked = state.asked + 1;
    if (answer_id === undefined) return { ...state, asked };
    const question = { message_id, answer_id, asked_at: occurred_at, is_told_slow: false };
    return { ...state, asked, open_questions: [...state.open_questions, question] };
  }
  if (in_reply_to === undefined) return state;
  if (data.role === 'SYSTEM' && error === undefined)
    return {
      ...state,
      open_questions: state.open_questions.map((each) =>
        each.message_id === in_reply_to ? { ...each, is_told_slow: true } : each,
      ),
    };
  return {
    ...state,
    open_questions: state.open_questions.filter(({ message_id }) => message_id !== in_reply_to),
  };
};

const overAlready = ({ status }: KnownConsultation): BatonError =>
  new BatonError('invalid-transition', `The consultation has ended: it is ${status}`, {
    details: { state: status },
  });

export const noSuchConsultation = (): BatonError =>
  new BatonError('not-found', 'There is no such consultation');

/** People and the agent talk: opened and closed by Baton, each question answered once, in the order they came. */
export const consultationDecider: Decider<ConsultationCommand, ConsultationEvent, Consultation> = {
  initialState: () => ({ status: 'NONE' }),
  decide,
  evolve,
};
