import type { TokenUsage } from '../providers/provider.js';
import { NO_TOKENS } from '../providers/provider.js';
import { addMoney } from '../pricing/money.js';
import { closedRow, type LedgerRow, type Outcome } from '../ledger/ledger-row.js';
import type { OpenCall } from '../ledger/call-ledger.js';
import type { StoredResult } from './call-plan.js';

/** How an attempt ended. */
export interface AttemptEnd {
  readonly outcome: Exclude<Outcome, 'open'>;
  readonly errorCode: string | null;
  readonly usage: TokenUsage | undefined;
}

export interface AttemptMeter {
  /** USD; undefined where the model has no price. */
  cost(model: string, usage: TokenUsage, day: string): string | undefined;
  nowIso(): string;
}

/** A call under way: the row of its present attempt, and those of the ones before. */
export class CallInProgress implements OpenCall {
  readonly closed: LedgerRow[] = [];
  private startedAt = performance.now();
  private firstSignAt: number | undefined;

  constructor(
    public row: LedgerRow,
    readonly reported: number,
    readonly cutOff: number,
    private readonly meter: AttemptMeter,
  ) {}

  /** The present attempt's request is about to leave. */
  start(model: string): void {
    this.row = { ...this.row, model };
    this.startedAt = performance.now();
    this.firstSignAt = undefined;
  }

  sign(): void {
    this.firstSignAt ??= performance.now();
  }

  /** The present attempt's row, closed. */
  end(end: AttemptEnd): LedgerRow {
    const now = this.meter.nowIso();
    const usage = end.usage ?? NO_TOKENS;
    this.row = closedRow(this.row, {
      outcome: end.outcome,
      usage,
      costUsd: this.meter.cost(this.row.model, usage, now.slice(0, 10)) ?? '0',
      errorCode: end.errorCode,
      firstTokenMs: this.firstSignAt === undefined ? null : round(this.firstSignAt - this.startedAt),
      latencyMs: round(performance.now() - this.startedAt),
      now,
    });
    return this.row;
  }

  /** The row of a further attempt takes the present one's place. */
  advance(row: LedgerRow): void {
    this.closed.push(this.row);
    this.row = row;
  }

  /** What all attempts have used. */
  get usage(): StoredResult<unknown>['usage'] {
    const rows = [...this.closed, this.row];
    return {
      input_tokens: rows.reduce((sum, row) => sum + row.input_tokens, 0),
      output_tokens: rows.reduce((sum, row) => sum + row.output_tokens, 0),
      cost_usd: addMoney(...rows.map((row) => row.cost_usd)),
    };
  }
}

const round = (ms: number): number => Math.round(ms * 100) / 100;
