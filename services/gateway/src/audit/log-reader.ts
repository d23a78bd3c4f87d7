import { isBatonError, type LogPage, type RecordedEvent } from '@baton/contracts';

import type { AuditRepository } from './audit.repository.js';
import type { AuditEntry } from './audit-entry.js';
import { entryOf } from './audited-events.js';

export interface LogReaderOptions {
  /** What its position is kept under. */
  readonly consumer: string;
  readonly read: (after: string | null, limit: number) => Promise<LogPage>;
  /** @throws BatonError `unavailable` where it is not to be had just now */
  readonly digest: (event: RecordedEvent) => Promise<string | null>;
}

const PAGE = 500;
const SAVE_EVERY_MS = 60_000;
/** A key that so many passes found not to be had is waited for no longer: the row is worth more than its digest. */
const DIGEST_TRIES = 5;

/**
 * Carries a log into the trail, in the order of its commits: each page's rows and the position behind it are one statement, and an
 * event that has a row gets no second one. So it is exactly once over restarts, replicas and a log that is read anew.
 */
export class LogReader {
  /** Where this process has read to; the stored position is moved with rows, and now and then without. */
  private cursor: string | null | undefined;
  private stored: string | null = null;
  private savedAt = -Infinity;
  private failures = 0;

  constructor(
    private readonly repository: Pick<AuditRepository, 'addPage' | 'known' | 'position'>,
    private readonly options: LogReaderOptions,
  ) {}

  /**
   * Reads on to the end of the log.
   * @returns how many rows came of it
   */
  async readOn(signal?: AbortSignal): Promise<number> {
    let rows = 0;
    if (this.cursor === undefined) await this.begin();
    while (!signal?.aborted) {
      const page = await this.options.read(this.cursor ?? null, PAGE);
      const entries = await this.entriesOf(page.events);
      if (page.next !== null && (entries.length > 0 || this.isDueToSave(page.next))) {
        const isMine = await this.repository.addPage(
          { consumer: this.options.consumer, after: this.stored, next: page.next },
          entries,
        );
        // Another replica was here: believe the database.
        if (!isMine) {
          await this.begin();
          continue;
        }
        this.stored = page.next;
        this.savedAt = performance.now();
        rows += entries.length;
      }
      this.cursor = page.next ?? this.cursor ?? null;
      if (page.isEnd ?? page.events.length === 0) break;
    }
    return rows;
  }

  /** Whoever read meanwhile has moved the position: it is read again before the next pass. */
  forget(): void {
    this.cursor = undefined;
  }

  /** Where nothing came for a while: a restart shall not read through it again. */
  private isDueToSave(next: string): boolean {
    return next !== this.stored && performance.now() - this.savedAt >= SAVE_EVERY_MS;
  }

  private async begin(): Promise<void> {
    this.stored = await this.repository.position(this.options.consumer);
    this.cursor = this.stored;
  }

  private async entriesOf(events: readonly RecordedEvent[]): Promise<AuditEntry[]> {
    const known = await this.repository.known(events);
    const entries: AuditEntry[] = [];
    for (const event of events) {
      if (known.has(event.event_id)) continue;
      const entry = entryOf(event, await this.digestOf(event));
      if (entry) entries.push(entry);
    }
    this.failures = 0;
    return entries;
  }

  private async digestOf(event: RecordedEvent): Promise<string | null> {
    try {
      return await this.options.digest(event);
    } catch (error) {
      this.failures += 1;
      if (!isBatonError(error) || !error.retryable || this.failures >= DIGEST_TRIES) return null;
      throw error;
    }
  }
}
