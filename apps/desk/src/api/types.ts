import type { components } from '@baton/client';

type Schemas = components['schemas'];

/** The gateway's own types, under the names the desk uses. */
export type Approval = Schemas['ApprovalDto'];
export type ApprovalDecision = Schemas['ApprovalDecisionDto'];
export type ApprovalStatus = Approval['status'];
export type Conversation = Schemas['ConversationDto'];
export type ConversationState = Conversation['state'];
export type Customer = Schemas['CustomerDto'];
export type DeadLetter = Schemas['DeadLetterDto'];
export type DeadLetterList = Schemas['DeadLetterListDto'];
export type DeadLetterState = DeadLetter['state'];
export type HandoverContext = Schemas['HandoverContextDto'];
export type HumanAgent = Schemas['HumanAgentDto'];
export type Installation = Schemas['InstallationDto'];
export type LogEvent = Schemas['EventDto'];
export type Memory = Schemas['ConversationMemoryDto'];
export type Models = Schemas['ModelsViewDto'];
export type Offer = Schemas['OfferDto'];
export type Plan = Schemas['ActionPlanDto'];
export type PlanChange = Schemas['PlanChangeDto'];
export type Presence = HumanAgent['status'];
export type Priority = QueueItem['priority'];
export type QueueItem = Schemas['QueueItemDto'];
export type Role = HumanAgent['role'];
export type RiskTier = Approval['risk_assessment']['risk_tier'];
export type Run = Schemas['RunDto'];
export type Summary = Schemas['AnalyticsSummaryDto'];
export type System = Schemas['SystemDto'];
export type Tool = Schemas['ToolDto'];
