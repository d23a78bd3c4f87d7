import { BatonError, type EventView } from '@baton/contracts';
import type { Clock } from '@baton/service';

import type { ConversationReads } from '../conversation/conversation.reads.js';
import type { Conversation } from '../conversation/conversation.state.js';
import type { ErasureOptions, EraseHandler } from '../conversation/erase.handler.js';
import type { ArchiveRepository } from './archive.repository.js';
import { ExpireConversationHandler } from './expire-conversation.handler.js';

const BEFORE = new Date('2026-11-22T00:00:00.000Z');
const ENDED = { tenant_id: 'acme', conversation_id: 'conv_1', updated_at: BEFORE };

describe('a conversation whose days are over', () => {
  const archived = new Set<string>();
  let erased = false;

  /** On a log whose state is this; `events` come in pages of two. */
  const expire = (state: Partial<Conversation>, events: number[] = [1, 2, 3]): ExpireConversationHandler => {
    archived.clear();
    erased = false;
    const erasure = {
      handle: (_ctx: unknown, _body: unknown, _deadline: number, options: ErasureOptions) => {
        options.only?.({ collecting: null, ...state } as Conversation);
        expect(options.keepArchive).toBe(true);
        erased = true;
        return Promise.resolve(null);
      },
    };
    const reads = {
      events: (_tenant: string, _id: string, { cursor }: { cursor?: string }) => {
        const from = Number(cursor ?? 0);
        return Promise.resolve({
          items: events.slice(from, from + 2).map((version) => ({ version })),
          next_cursor: from + 2 < events.length ? String(from + 2) : null,
        });
      },
    };
    const archive = {
      save: (_tenant: string, _id: string, log: readonly EventView[]) => {
        archived.add(log.map(({ version }) => version).join());
        return Promise.resolve();
      },
      delete: () => Promise.resolve(archived.clear()),
    };
    return new ExpireConversationHandler(
      erasure as unknown as EraseHandler,
      reads as unknown as ConversationReads,
      archive as unknown as ArchiveRepository,
      { now: () => new Date(BEFORE.getTime() + 1000) } as Clock,
    );
  };

  it('is erased', async () => {
    const over = expire({ status: 'FINISHED', updated_at: '2026-11-21T23:59:59.999Z' });
    expect(await over.handle({ ...ENDED, action: 'erase' }, BEFORE)).toBe(true);
    expect(erased).toBe(true);
    expect(archived.size).toBe(0);
  });

  it('is archived whole before it is erased, where the tenant says so', async () => {
    const over = expire({ status: 'RESOLVED', updated_at: '2026-11-01T00:00:00.000Z' });
    expect(await over.handle({ ...ENDED, action: 'archive' }, BEFORE)).toBe(true);
    expect([...archived]).toEqual(['1,2,3']);
    expect(erased).toBe(true);
  });

  it.each([
    ['the customer wrote again', { status: 'FINISHED', updated_at: '2026-11-22T00:00:00.000Z' }],
    ['a turn runs', { status: 'AI_PROCESSING', updated_at: '2026-11-01T00:00:00.000Z' }],
    ['a person has it', { status: 'HUMAN_ACTIVE', updated_at: '2026-11-01T00:00:00.000Z' }],
    [
      'a turn gathers messages',
      { status: 'FINISHED', updated_at: '2026-11-01T00:00:00.000Z', collecting: {} },
    ],
    ['it is erased already', { status: 'ERASED', updated_at: '2026-11-01T00:00:00.000Z' }],
  ])('stays, and no copy of it, where %s meanwhile', async (_why, state) => {
    const alive = expire(state as Partial<Conversation>);
    expect(await alive.handle({ ...ENDED, action: 'archive' }, BEFORE)).toBe(false);
    expect(erased).toBe(false);
    expect(archived.size).toBe(0);
  });

  it('stays where its log cannot be read: nothing is erased without its copy', async () => {
    const broken = expire({ status: 'FINISHED', updated_at: '2026-11-01T00:00:00.000Z' });
    Object.assign(broken, {
      reads: { events: () => Promise.reject(new BatonError('unavailable', 'The database is away')) },
    });
    await expect(broken.handle({ ...ENDED, action: 'archive' }, BEFORE)).rejects.toThrow('away');
    expect(erased).toBe(false);
  });
});
