import type {
  ConversationView,
  HandoverReason,
  MessageView,
  TurnRecordView,
  TurnView,
} from '@baton/contracts';

export interface ConversationRecord extends Omit<ConversationView, 'created_at' | 'updated_at' | 'workflow'> {
  readonly workflow_name: string;
  readonly workflow_version: number;
  readonly erased: boolean;
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
}

export interface TurnRecord {
  readonly turn_number: number;
  readonly inputs: { turn_id: string; user_input_hash: string; message_id: string }[];
  readonly status: TurnView['status'];
  readonly run_id: string | null;
  readonly attempts: number;
  readonly received_at: Date;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly agent_response_hash: string | null;
  readonly sink: 'FINISH' | 'HANDOVER' | null;
  readonly reply: { message_id: string; content: string; confidence: number | null } | null;
  readonly handover: { handover_id: string; reason: HandoverReason; queue: string } | null;
}

export interface MessageRecord extends Omit<MessageView, 'created_at'> {
  readonly version: number;
  readonly created_at: Date;
}

const iso = (time: Date | string): string => new Date(time).toISOString();

export const conversationView = (row: ConversationRecord): ConversationView => ({
  conversation_id: row.conversation_id,
  state: row.state,
  is_hil: row.is_hil,
  hil_reason: row.hil_reason,
  owner: row.owner,
  owner_epoch: row.owner_epoch,
  assigned_agent_id: row.assigned_agent_id,
  handover_context: row.handover_context,
  customer: row.customer,
  workflow: { name: row.workflow_name, version: row.workflow_version },
  version: row.version,
  turn_count: row.turn_count,
  usage: row.usage,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
});

export const messageView = (row: MessageRecord): MessageView => ({
  message_id: row.message_id,
  role: row.role,
  content: row.content,
  turn_number: row.turn_number,
  owner: row.owner,
  owner_epoch: row.owner_epoch,
  created_at: iso(row.created_at),
});

export const turnRecordView = (conversationId: string, row: TurnRecord): TurnRecordView => ({
  turn_number: row.turn_number,
  inputs: row.inputs.map((input) => ({
    turn_id: input.turn_id,
    idempotency_key: `${conversationId}:${input.turn_id}`,
    user_input_hash: input.user_input_hash,
    message_id: input.message_id,
  })),
  agent_response_hash: row.agent_response_hash,
  status: row.status,
  run_id: row.run_id,
  attempts: row.attempts,
  timings: {
    received_at: iso(row.received_at),
    started_at: row.started_at && iso(row.started_at),
    completed_at: row.completed_at && iso(row.completed_at),
  },
});
