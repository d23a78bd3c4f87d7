import { type ConnectionState, isProblem, staffStream } from '@baton/client';
import i18next from 'i18next';

import { connection } from '../api/connection.js';
import type { Listed } from '../api/pages.js';
import type { Conversation, HumanAgent, Offer } from '../api/types.js';
import { hasRole } from '../approval/may-decide.js';
import { retryNow } from '../conversation/outbox.js';
import { wordsOf } from '../i18n/i18n.js';
import { createStore } from '../ui/store.js';
import { alertAgent } from './alerts.js';
import {
  agentsAfter,
  type Glances,
  glancesAfter,
  glancesOf,
  glancesRead,
  mineAfter,
  type Notice,
  offersAfter,
} from './notices.js';
import { keys, queryClient } from './queries.js';
import { Refresh } from './refresh.js';

export const connectionState = createStore<ConnectionState>('connecting');
export const glances = createStore<Glances>(new Map());
/** The conversation on the screen: its messages are read as they come. */
export const openConversation = createStore<string | null>(null);

openConversation.subscribe(() => {
  const id = openConversation.get();
  if (id !== null) glances.set((now) => glancesRead(now, id));
});

/** Lists that everything that happens may change; read again at most so often, and only while they are looked at. */
const SHARED = [keys.queue, keys.waiting, keys.active, keys.agents, keys.me] as const;
const REFRESH_MS = 1000;
/** Whoever decides looks at what stands there now. */
const APPROVALS_MS = 250;

/** Follows the staff stream for as long as the agent is signed in; gives back how to stop. */
export const followStaff = (agentId: string): (() => void) => {
  const stream = staffStream(connection());
  const refresh = new Refresh(REFRESH_MS, () => readAgain(SHARED));
  const approvals = new Refresh(
    APPROVALS_MS,
    () => void queryClient.invalidateQueries({ queryKey: keys.approvals }),
  );
  const stopState = stream.onState((state) => {
    connectionState.set(state);
    if (state !== 'open') return;
    retryNow();
    // Read behind the moment from which the stream tells: nothing falls between.
    readAgain([keys.offers, keys.mine, ...SHARED]);
    approvals.ask();
  });
  const read = async (): Promise<void> => {
    try {
      for await (const notice of stream) {
        take(notice, agentId);
        if (notice.type.startsWith('approval.')) approvals.ask();
        // Words move no list but the own one, which is kept fresh by them.
        if (notice.type !== 'conversation.message') refresh.ask();
      }
    } catch (error) {
      // The sign-in page says the rest where the token was refused.
      if (!isProblem(error)) throw error;
      connectionState.set('closed');
    }
  };
  void read();
  return () => {
    stopState();
    refresh.stop();
    approvals.stop();
    stream.close();
    glances.set(new Map());
  };
};

const readAgain = (which: readonly (readonly string[])[]): void => {
  for (const queryKey of which) void queryClient.invalidateQueries({ queryKey, exact: true });
};

const take = (notice: Notice, agentId: string): void => {
  if (notice.type === 'cursor.expired') return void queryClient.invalidateQueries();
  // Who has it decides on it: what is open of it is looked at again.
  if (notice.type === 'conversation.state')
    readAgain([keys.conversation(String(notice.data['conversation_id']))]);
  patch<Offer>(keys.offers, (offers) => offersAfter(offers, notice, agentId));
  patch<HumanAgent>(keys.agents, (agents) => agentsAfter(agents, notice));
  takeMine(notice, agentId);
  alertOf(notice, agentId);
};

const takeMine = (notice: Notice, agentId: string): void => {
  const before = queryClient.getQueryData<Listed<Conversation>>(keys.mine);
  const after = before && mineAfter(before.items, notice, agentId);
  if (after === undefined || after === 'unknown') {
    if (notice.type === 'conversation.assigned') readAgain([keys.mine]);
    return;
  }
  if (after !== before?.items) {
    queryClient.setQueryData(keys.mine, { ...before, items: after });
  }
  const listed = new Set(after.map(({ conversation_id }) => conversation_id));
  // Supervisors hear of everybody's conversations; only the own ones are counted.
  if (notice.type === 'conversation.message' && listed.has(String(notice.data['conversation_id'])))
    glances.set((now) => glancesAfter(now, notice, visibleConversation()));
  else if (after !== before?.items) glances.set((now) => glancesOf(now, listed));
};

const visibleConversation = (): string | null =>
  document.visibilityState === 'visible' ? openConversation.get() : null;

const alertOf = ({ type, data }: Notice, agentId: string): void => {
  if (type === 'offer.created' && data['agent_id'] === agentId) {
    const context = data['handover_context'] as { reason?: string } | null;
    const body = context?.reason === undefined ? undefined : wordsOf('reason', context.reason);
    alertAgent({
      title: i18next.t('notify.offer'),
      tag: 'offer',
      ...(body !== undefined && { body }),
    });
  }
  alertOfApproval(type, data);
  if (type === 'conversation.message' && data['role'] === 'user' && data['owner'] === agentId)
    alertAgent({ title: i18next.t('notify.message'), tag: `message-${String(data['conversation_id'])}` });
};

/** Only who may decide is called. */
const alertOfApproval = (type: string, data: Notice['data']): void => {
  if (type !== 'approval.requested' && type !== 'approval.escalated') return;
  const role = queryClient.getQueryData<HumanAgent>(keys.me)?.role;
  if (role === undefined || !hasRole(role, data['required_role'] as HumanAgent['role'])) return;
  const title = i18next.t(type === 'approval.requested' ? 'notify.approval' : 'notify.approval_again');
  alertAgent({
    title,
    tag: `approval-${String(data['approval_id'])}`,
  });
};

/** Changes a list that was read; one that was not is read whole when it is looked at. */
const patch = <T>(key: readonly string[], change: (items: readonly T[]) => readonly T[]): void => {
  const before = queryClient.getQueryData<Listed<T>>(key);
  if (!before) return;
  const items = change(before.items);
  if (items !== before.items) queryClient.setQueryData(key, { ...before, items });
};
