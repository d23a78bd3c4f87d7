import type { Actor, ApprovalEvent, RunEvent } from '@baton/contracts';
import type { Append, TimerRequest } from '@baton/event-store';

import { approvalDecider } from '../approval/approval.decider.js';
import { type ApprovalAppend, appendApproval, type LoadedApproval } from '../approval/approval.repository.js';
import type { EndedConsultations } from '../consultation/consultation-endings.js';
import type { RunCommand } from '../run/run.commands.js';
import { runDecider } from '../run/run.decider.js';
import type { LoadedRun } from '../run/run.repository.js';

/** What belongs to one decision beside the stream that leads it. */
export interface CommitParts {
  readonly appends: readonly Append[];
  readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly timers: { readonly set: readonly TimerRequest[]; readonly cancel: readonly string[] };
}

export const NO_PARTS: CommitParts = { appends: [], rows: {}, timers: { set: [], cancel: [] } };

/** Several in one commit. */
export const together = (...parts: readonly CommitParts[]): CommitParts => {
  const rows: Record<string, Record<string, unknown>[]> = {};
  for (const part of parts)
    for (const [table, own] of Object.entries(part.rows)) rows[table] = [...(rows[table] ?? []), ...own];
  return {
    appends: parts.flatMap(({ appends }) => appends).filter(({ events }) => events.length > 0),
    rows,
    timers: {
      set: parts.flatMap(({ timers }) => timers.set),
      cancel: parts.flatMap(({ timers }) => timers.cancel),
    },
  };
};

/** An approval's events, as a part of the commit; nothing where there are none. */
export const approvalPart = (...appends: readonly ApprovalAppend[]): CommitParts => ({
  appends: appends.map(({ append }) => append),
  rows: { approvals: appends.map(({ row }) => row) },
  timers: {
    set: appends.flatMap(({ timers }) => timers.set),
    cancel: appends.flatMap(({ timers }) => timers.cancel),
  },
});

export const consultationPart = ({ appends, rows, timers }: EndedConsultations): CommitParts => ({
  appends,
  rows,
  timers: { set: [], cancel: timers.cancel },
});

/** What one command makes of an approval. */
export const changedApproval = (
  tenantId: string,
  before: LoadedApproval,
  command: Parameters<typeof approvalDecider.decide>[0],
  now: string,
  actor: Actor,
): { readonly events: readonly ApprovalEvent[]; readonly part: CommitParts } => {
  const events = approvalDecider.decide(command, before.state);
  return {
    events,
    part: events.length === 0 ? NO_PARTS : approvalPart(appendApproval(tenantId, before, events, now, actor)),
  };
};

/** What commands make of a run, one behind the other. */
export const runEventsOf = (before: LoadedRun, commands: readonly RunCommand[], now: string): RunEvent[] => {
  let { state } = before;
  return commands.flatMap((command) => {
    const events = runDecider.decide(command, state);
    for (const event of events) state = runDecider.evolve(state, { ...event, occurred_at: now });
    return events;
  });
};
