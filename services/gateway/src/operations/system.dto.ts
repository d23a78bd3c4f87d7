import {
  DEPENDENCY_STATES,
  type OpenWork,
  PROMISE_NAMES,
  type PromiseName,
  type StuckTurn,
} from '@baton/contracts';
import { SERVICE_NAMES } from '@baton/service';

import { DateTime, Decimal, Flag, Int, ListOf, Nested, OneOf, Text } from '../dto/fields.js';
import {
  type Condition,
  type InstallationView,
  type PromiseView,
  SERVICE_STATES,
  SEVERITIES,
} from './installation.js';

export class DependencyCheckDto {
  @Text({ example: 'postgres' })
  name!: string;

  @OneOf(DEPENDENCY_STATES, { description: '`degraded`: missed, and done without' })
  status!: (typeof DEPENDENCY_STATES)[number];

  @Text({ nullable: true })
  message!: string | null;
}

export class ProcessDto {
  @Text({ example: 'baton-gateway-0:7' })
  process!: string;

  @OneOf(DEPENDENCY_STATES)
  status!: (typeof DEPENDENCY_STATES)[number];

  @DateTime()
  started_at!: string;

  @ListOf(() => DependencyCheckDto)
  checks!: DependencyCheckDto[];
}

export class ServiceHealthDto {
  @OneOf(SERVICE_NAMES)
  service!: string;

  @OneOf(SERVICE_STATES, { description: '`silent`: no process of it answered' })
  status!: (typeof SERVICE_STATES)[number];

  @ListOf(() => ProcessDto)
  processes!: ProcessDto[];
}

export class PromiseDto implements PromiseView {
  @OneOf(PROMISE_NAMES)
  promise!: PromiseName;

  @Decimal({ description: 'What is promised' })
  within_seconds!: number;

  @Decimal({ description: 'For how many of them it is promised', example: 0.99 })
  quantile!: number;

  @Int({ min: 0, description: 'How many were measured' })
  count!: number;

  @Decimal({ nullable: true })
  p50_seconds!: number | null;

  @Decimal({ nullable: true })
  p99_seconds!: number | null;

  @Decimal({ nullable: true, description: 'How many came within the time, from 0 to 1' })
  kept!: number | null;

  @Flag({ nullable: true, description: 'Null where nothing was measured' })
  is_kept!: boolean | null;
}

export class LogHealthDto {
  @OneOf(SERVICE_NAMES)
  service!: string;

  @Decimal({ nullable: true, description: 'Events that wait to be published' })
  outbox_rows!: number | null;

  @Decimal({ nullable: true })
  outbox_age_seconds!: number | null;

  @Decimal({ nullable: true })
  timers_overdue_seconds!: number | null;
}

export class ConsumerLagDto {
  @Text({ example: 'memory-worker-turns' })
  consumer!: string;

  @Decimal({ description: 'Events that nobody was given yet' })
  pending!: number;

  @Decimal({ description: 'Events that somebody has and is not done with' })
  unacknowledged!: number;
}

export class ParkedDto {
  @OneOf(SERVICE_NAMES)
  service!: string;

  @Text()
  consumer!: string;

  @Decimal({ description: 'Streams of all tenants that are parked in it' })
  open!: number;
}

export class ConditionDto implements Condition {
  @Text({ example: 'BatonOutboxBehind', description: 'The alert of the same name' })
  alert!: string;

  @OneOf(SEVERITIES)
  severity!: Condition['severity'];

  @Text({ nullable: true, description: 'The service, consumer or promise' })
  about!: string | null;

  @Decimal({ nullable: true })
  value!: number | null;

  @Text({ example: 'outbox-behind', description: 'The section of docs/runbooks.md' })
  runbook!: string;
}

export class AllTurnsDto {
  @Decimal({ nullable: true })
  collecting!: number | null;

  @Decimal({ nullable: true })
  processing!: number | null;
}

/** Figures of the whole installation, all tenants together. */
export class InstallationDto implements InstallationView {
  @ListOf(() => ServiceHealthDto)
  services!: ServiceHealthDto[];

  @Int({ description: 'What `promises` look back on' })
  window_seconds!: number;

  @ListOf(() => PromiseDto)
  promises!: PromiseDto[];

  @ListOf(() => LogHealthDto)
  logs!: LogHealthDto[];

  @ListOf(() => ConsumerLagDto, { description: 'The furthest behind first' })
  consumers!: ConsumerLagDto[];

  @ListOf(() => ParkedDto)
  dead_letters!: ParkedDto[];

  @Nested(() => AllTurnsDto)
  turns!: AllTurnsDto;

  @ListOf(() => ConditionDto, { description: 'What somebody should look at, critical ones first' })
  conditions!: ConditionDto[];
}

export class StuckTurnDto implements StuckTurn {
  @Text()
  conversation_id!: string;

  @Int({ min: 1 })
  turn_number!: number;

  @OneOf(['COLLECTING', 'PROCESSING'])
  status!: StuckTurn['status'];

  @Text({ nullable: true })
  run_id!: string | null;

  @Int({ min: 0 })
  attempts!: number;

  @DateTime()
  received_at!: string;

  @DateTime()
  due_at!: string;

  @DateTime({ nullable: true })
  started_at!: string | null;
}

export class OpenTurnsDto {
  @Int({ min: 0, description: 'Waiting for their quiet window, or for somebody to play them' })
  collecting!: number;

  @Int({ min: 0 })
  processing!: number;

  @DateTime({ nullable: true })
  oldest_received_at!: string | null;
}

export class OpenRunsDto {
  @Int({ min: 0, description: 'Runs without a conversation that are played' })
  running!: number;

  @Int({ min: 0, description: 'Of these, those whose player has had no pulse for half a minute' })
  silent!: number;
}

/** The work of the tenant itself that is not over. */
export class OpenWorkDto implements OpenWork {
  @Nested(() => OpenTurnsDto)
  turns!: OpenTurnsDto;

  @ListOf(() => StuckTurnDto, { description: 'The longest first, at most 20' })
  stuck!: StuckTurnDto[];

  @Int({ min: 0 })
  stuck_count!: number;

  @Nested(() => OpenRunsDto)
  runs!: OpenRunsDto;
}

export class SystemDto {
  @DateTime()
  at!: string;

  @Nested(() => InstallationDto, {
    nullable: true,
    description: 'Null for every tenant but the one that makes the others',
  })
  installation!: InstallationDto | null;

  @Nested(() => OpenWorkDto, { nullable: true, description: 'Null while the orchestrator does not answer' })
  work!: OpenWorkDto | null;
}
