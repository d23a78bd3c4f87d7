import { BatonError, type ConversationEvent } from '@baton/contracts';
import type { Decider } from '@baton/event-store';

import type { ConversationCommand } from './conversation.commands.js';
import { evolve, initialState } from './conversation.evolve.js';
import { type Conversation, isLive } from './conversation.state.js';
import {
  acceptHandover,
  assign,
  cancelHandover,
  release,
  requestHandover,
  resolve,
  transfer,
  whispered,
} from './handover.decisions.js';
import { receiveMessage, sendHumanMessage } from './message.decisions.js';
import { cancelPausedTurn, closePaused, repauseTurn, resumeTurn } from './pause.decisions.js';
import { requireHumanActive } from './refusals.js';
import { completeTurn, retakeTurn, startTurn } from './turn.decisions.js';
import { abandon, takeFromAgent, tellWait } from './wait.decisions.js';

type Events = readonly ConversationEvent[];

/** Duplicates never reach it: idempotency keys are checked in the transaction that would append. */
export const decide = (command: ConversationCommand, state: Conversation): Events => {
  if (state.status === 'ERASED') {
    if (command.type === 'Erase') return [];
    throw new BatonError('erased', 'This conversation was erased');
  }
  if (command.type === 'ReceiveMessage') return receiveMessage(command, state);
  if (!isLive(state)) throw new BatonError('not-found', 'There is no such conversation');
  switch (command.type) {
    case 'SendHumanMessage':
      return sendHumanMessage(command, state);
    case 'StartTurn':
      return startTurn(command, state);
    case 'RetakeTurn':
      return retakeTurn(command, state);
    case 'CompleteTurn':
      return completeTurn(command, state);
    case 'ResumeTurn':
      return resumeTurn(command, state);
    case 'RepauseTurn':
      return repauseTurn(command, state);
    case 'CancelPausedTurn':
      return cancelPausedTurn(command, state);
    case 'RequestHandover':
      return requestHandover(command.handover, state);
    case 'CancelHandover':
      return cancelHandover(state);
    case 'AcceptHandover':
      return acceptHandover(command, state);
    case 'Assign':
      return assign(command, state);
    case 'Release':
      return release(command, state);
    case 'Transfer':
      return transfer(command, state);
    case 'Resolve':
      return resolve(command, state);
    case 'Abandon':
      return abandon(command, state);
    case 'TellWait':
      return tellWait(command, state);
    case 'TakeFromAgent':
      return takeFromAgent(command, state);
    case 'Whisper':
      return [whispered(command, requireHumanActive(state))];
    case 'RecordFeedback':
      return [
        {
          type: 'conversation.feedback_recorded',
          data: { rating: command.rating, comment: command.comment },
        },
      ];
    case 'Erase':
      return [
        ...closePaused(state),
        { type: 'conversation.erased', data: { conversation_id: state.conversation_id } },
      ];
    default:
      return command satisfies never;
  }
};

export const conversationDecider: Decider<ConversationCommand, ConversationEvent, Conversation> = {
  initialState,
  decide,
  evolve,
};
