import { DateTime, Flag, Int, JsonObject, ListOfText, Nested, OneOf, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';
import { type AuditOutcome, type AuditRecord, OUTCOMES } from './audit-entry.js';
import { EXPORT_FORMATS, type ExportFormat } from './audit-export.js';
import type { RootView } from './audit-root.js';

/** To the second or finer, with an offset; brought to UTC with milliseconds before it is asked. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/;
const TIME_FIELD = { optional: true, pattern: TIME, example: '2026-11-22T00:00:00.000Z' };
const ID_FIELD = { optional: true, min: 1, max: 200 };
const ORDERS = ['desc', 'asc'] as const;

const FROM = { ...TIME_FIELD, description: 'What happened at or after this; a date means its midnight, UTC' };
const TO = { ...TIME_FIELD, description: 'And before this' };
const ACTOR = {
  ...ID_FIELD,
  description: 'Who: an id, `human_agent:agent_ana`, or `human_agent:*`',
  example: 'human_agent:agent_ana',
};
const OBJECT = {
  ...ID_FIELD,
  description:
    "What it was done to: an id, `approval:appr_1`, or `workflow:*`; a conversation's id finds what was done in it too",
  example: 'conversation:conv_123',
};
const ACTION = {
  ...ID_FIELD,
  description: '`api_key.created`, or `api_key` for all of its kind',
  example: 'approval.decided',
};

export class AuditQueryDto extends PageQueryDto {
  @Text(FROM)
  from?: string;

  @Text(TO)
  to?: string;

  @Text(ACTOR)
  actor?: string;

  @Text(OBJECT)
  object?: string;

  @Text(ACTION)
  action?: string;

  @OneOf(OUTCOMES, { optional: true })
  outcome?: AuditOutcome;

  @OneOf(ORDERS, { optional: true, description: 'By when it happened; newest first unless told' })
  order?: (typeof ORDERS)[number];
}

export class AuditExportQueryDto {
  @Text(FROM)
  from?: string;

  @Text(TO)
  to?: string;

  @Text(ACTOR)
  actor?: string;

  @Text(OBJECT)
  object?: string;

  @Text(ACTION)
  action?: string;

  @OneOf(OUTCOMES, { optional: true })
  outcome?: AuditOutcome;

  @OneOf(EXPORT_FORMATS, { optional: true, description: 'Unless told: by the Accept header, else `ndjson`' })
  format?: ExportFormat;
}

export class AuditRootsQueryDto extends PageQueryDto {
  @Text({ ...TIME_FIELD, description: 'Minutes that hold or follow this' })
  from?: string;

  @Text({ ...TIME_FIELD, description: 'Minutes that begin before this' })
  to?: string;
}

export class AuditActorDto {
  @Text({ example: 'human_agent', description: 'api_key, human_agent, customer, ai, system or operator' })
  type!: string;

  @Text({ example: 'agent_ana' })
  id!: string;

  @Text({ nullable: true, description: 'The role that a human agent had then' })
  role!: string | null;
}

export class AuditObjectDto {
  @Text({ example: 'approval' })
  type!: string;

  @Text({ example: 'appr_1', description: '`*`: a list of them' })
  id!: string;
}

export class AuditRecordDto implements AuditRecord {
  @Text({ example: 'aud_1' })
  audit_id!: string;

  @Text()
  tenant_id!: string;

  @DateTime({ description: "By the database's clock: which minute's root holds it" })
  recorded_at!: string;

  @DateTime({ description: 'When it happened' })
  at!: string;

  @Nested(() => AuditActorDto)
  actor!: AuditActorDto;

  @Text({ example: 'approval.decided' })
  action!: string;

  @Nested(() => AuditObjectDto)
  object!: AuditObjectDto;

  @Text({ nullable: true })
  conversation_id!: string | null;

  @OneOf(OUTCOMES)
  outcome!: string;

  @JsonObject({ description: 'Ids, codes and numbers; never what anybody said' })
  details!: Record<string, unknown>;

  @Text({
    nullable: true,
    description:
      'Keyed hash of what exactly was done: of an approval its `action_digest`, of a tool its name and arguments',
  })
  digest!: string | null;

  @Text({ nullable: true })
  request_id!: string | null;

  @Text({ nullable: true })
  trace_id!: string | null;

  @Text({ nullable: true, description: 'The event that it tells of' })
  event_id!: string | null;
}

const HASH = /^[0-9a-f]{64}$/;

export class AuditRootDto implements RootView {
  @Text()
  tenant_id!: string;

  @Int({ min: 1, description: 'From 1, without a gap' })
  seq!: number;

  @DateTime({ description: 'Begin of the minute' })
  minute!: string;

  @Int({ min: 1, description: 'How many rows' })
  size!: number;

  @Text({ pattern: HASH, description: 'Merkle tree hash of the rows, RFC 6962' })
  root_hash!: string;

  @Text({ pattern: HASH, description: '`hash` of the root before; zeros for the first' })
  previous_hash!: string;

  @Text({ pattern: HASH, description: 'SHA-256 of a byte 2 and the fields above as JSON with sorted keys' })
  hash!: string;

  @DateTime()
  sealed_at!: string;
}

export class AuditProofDto {
  @Text({ example: 'aud_1' })
  audit_id!: string;

  @Flag({ description: 'False: its minute has no root yet, and what is below is null' })
  sealed!: boolean;

  @Text({ pattern: HASH, description: 'SHA-256 of a byte 0 and the row as JSON with sorted keys' })
  leaf_hash!: string;

  @Int({ nullable: true })
  leaf_index!: number | null;

  @ListOfText({ nullable: true, description: 'From the leaf upwards, hex' })
  audit_path!: readonly string[] | null;

  @Nested(() => AuditRootDto, { nullable: true })
  root!: AuditRootDto | null;
}
