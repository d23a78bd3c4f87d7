import { BatonError, type RecordedEvent } from '@baton/contracts';
import fc from 'fast-check';

import type { AuditEntry } from './audit-entry.js';
import { LogReader } from './log-reader.js';

const eventOf = (index: number): RecordedEvent => ({
  event_id: `e${index}`,
  tenant_id: 'acme',
  stream_type: 'conversation',
  stream_id: `c${index}`,
  version: 1,
  type: index % 3 === 0 ? 'conversation.turn_started' : 'conversation.assigned',
  schema_version: 1,
  data: {},
  metadata: { actor: { type: 'system', id: 'baton' } },
  occurred_at: '2026-11-22T10:00:00.000Z',
});

/** The trail and the position, changed by one statement or not at all. */
class Table {
  readonly rows: string[] = [];
  cursor: string | null = null;

  position = (): Promise<string | null> => Promise.resolve(this.cursor);

  known = (events: readonly { event_id: string }[]): Promise<ReadonlySet<string>> =>
    Promise.resolve(new Set(events.map(({ event_id }) => event_id).filter((id) => this.rows.includes(id))));

  addPage = (
    page: { readonly after: string | null; readonly next: string },
    entries: readonly AuditEntry[],
  ): Promise<boolean> => {
    if (this.cursor !== page.after) return Promise.resolve(false);
    this.cursor = page.next;
    const ids = entries.map(({ eventId }) => eventId as string);
    this.rows.push(...ids.filter((id) => !this.rows.includes(id)));
    return Promise.resolve(true);
  };
}

describe('reading a log into the trail', () => {
  it('leaves one row per event, in order, whatever fails, restarts and reads at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('read', 'both', 'restart', 'outage', 'no-key', 'forget', 'from-start'), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.integer({ min: 1, max: 7 }),
        async (steps, pageSize) => {
          const table = new Table();
          const log: RecordedEvent[] = [];
          let failing: string | undefined;
          const make = (): LogReader =>
            new LogReader(table, {
              consumer: 'audit-test',
              read: (after) => {
                if (failing === 'outage') return Promise.reject(new BatonError('unavailable', 'away'));
                const from = Number(after ?? 0);
                const events = log.slice(from, from + pageSize);
                const next = String(from + events.length);
                return Promise.resolve({ events, next, isEnd: from + pageSize >= log.length });
              },
              digest: () =>
                failing === 'no-key'
                  ? Promise.reject(new BatonError('unavailable', 'no key'))
                  : Promise.resolve(null),
            });
          const readers = [make(), make()] as [LogReader, LogReader];
          for (const step of [...steps, 'read']) {
            for (let more = 0; more < 4; more += 1) log.push(eventOf(log.length));
            failing = step;
            if (step === 'restart') readers[0] = make();
            if (step === 'forget') readers[1].forget();
            if (step === 'from-start') {
              table.cursor = null;
              for (const reader of readers) reader.forget();
            }
            const who = step === 'both' ? readers : [readers[0]];
            await Promise.allSettled(who.map((reader) => reader.readOn()));
          }
          failing = undefined;
          readers[0].forget();
          await readers[0].readOn();
          const expected = log
            .filter(({ type }) => type === 'conversation.assigned')
            .map(({ event_id }) => event_id);
          expect(table.rows).toEqual(expected);
        },
      ),
    );
  });
});
