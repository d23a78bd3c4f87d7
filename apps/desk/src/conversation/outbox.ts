import { isProblem } from '@baton/client';

import { sayAsAgent } from '../api/commands.js';
import { isPassing } from '../api/connection.js';
import { tabGet, tabSet } from '../session/tab-store.js';
import { createStore } from '../ui/store.js';

/** A message on its way. Its `turnId` makes it one message however often it is sent. */
export interface Outgoing {
  readonly turnId: string;
  readonly conversationId: string;
  readonly content: string;
  readonly at: string;
  /** `accepted`: kept by the server, its event is on the way. `refused`: it never will be. */
  readonly status: 'sending' | 'waiting' | 'accepted' | 'refused';
  /** Why it was refused: a problem's code. */
  readonly refusal?: string;
}

const NAME = 'outbox';
const MAX_PAUSE_MS = 8000;

export const outbox = createStore<readonly Outgoing[]>([]);

/** Conversations whose messages are being sent, one after the other. */
const busy = new Set<string>();
let wake = (): void => undefined;

const keep = (next: readonly Outgoing[]): void => {
  outbox.set(next);
  const unsure = next.filter(({ status }) => status !== 'accepted');
  tabSet(NAME, unsure.length === 0 ? null : JSON.stringify(unsure));
};

const change = (turnId: string, part: Partial<Outgoing>): void =>
  keep(outbox.get().map((each) => (each.turnId === turnId ? { ...each, ...part } : each)));

/** What a reload or a lost connection left unsent goes out again, with the ids it had. */
export const restoreOutbox = (): void => {
  const kept = JSON.parse(tabGet(NAME) ?? '[]') as readonly Outgoing[];
  outbox.set(kept);
  for (const id of new Set(kept.map(({ conversationId }) => conversationId))) void sendAll(id);
};

export const sendMessage = (conversationId: string, content: string): void => {
  const turnId = `desk-${randomId()}`;
  const at = new Date().toISOString();
  keep([...outbox.get(), { turnId, conversationId, content, at, status: 'sending' }]);
  void sendAll(conversationId);
};

/** These are in the log: nothing is on its way any more. */
export const settle = (arrived: ReadonlySet<string>): void => {
  const left = outbox.get().filter(({ turnId }) => !arrived.has(turnId));
  if (left.length !== outbox.get().length) keep(left);
};

export const dropMessage = (turnId: string): void =>
  keep(outbox.get().filter((each) => each.turnId !== turnId));

/** The connection is back, or the reader asks: no need to wait longer. */
export const retryNow = (): void => wake();

/** In the order they were written: a later one waits until the one before it is known to be kept. */
const sendAll = async (conversationId: string): Promise<void> => {
  if (busy.has(conversationId)) return;
  busy.add(conversationId);
  try {
    for (let failures = 0; ;) {
      const next = outbox
        .get()
        .find((each) => each.conversationId === conversationId && isUnsent(each.status));
      if (!next) return;
      try {
        await sayAsAgent(conversationId, next.turnId, next.content);
        failures = 0;
        change(next.turnId, { status: 'accepted' });
      } catch (error) {
        if (!isPassing(error)) {
          const refusal = isProblem(error) ? error.code : 'unknown';
          // Signed out in between: it goes out when the same agent is back.
          if (refusal === 'unauthenticated') return;
          change(next.turnId, { status: 'refused', refusal });
          continue;
        }
        failures += 1;
        change(next.turnId, { status: 'waiting' });
        await pause(Math.min(MAX_PAUSE_MS, 500 * 2 ** Math.min(failures, 6)));
      }
    }
  } finally {
    busy.delete(conversationId);
  }
};

const isUnsent = (status: Outgoing['status']): boolean => status === 'sending' || status === 'waiting';

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const before = wake;
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
      before();
    };
  });

/** `crypto.randomUUID` is kept from pages without TLS; random values are not. */
const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
