import type { components } from './generated/api.js';

type Schemas = components['schemas'];

/** The objects of the API under the names that people give them. */
export type Conversation = Schemas['ConversationDto'];
export type CustomerConversation = Schemas['CustomerConversationDto'];
export type Customer = Schemas['CustomerDto'];
export type Message = Schemas['MessageDto'];
export type NewMessage = Schemas['ReceiveMessageDto'];
export type Turn = Schemas['TurnDto'];
export type ConversationEvent = Schemas['EventDto'];
export type Handover = Schemas['HandoverDto'];
export type HandoverRequest = Schemas['RequestHandoverDto'];
export type Token = Schemas['TokenDto'];
export type HumanAgent = Schemas['HumanAgentDto'];
export type Offer = Schemas['OfferDto'];
export type QueueItem = Schemas['QueueItemDto'];
export type Approval = Schemas['ApprovalDto'];
export type ApprovalDecision = Schemas['DecideApprovalDto'];
export type Run = Schemas['RunDto'];
export type ConversationState = Conversation['state'];
