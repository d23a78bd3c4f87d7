import type { RecordedEvent } from '@baton/contracts';

type Breach = (invariant: string, what: string) => void;

/** I12: an agent never has more than they can take, is offered nothing while away, and has nothing left at the end. */
export const auditAgent = (id: string, events: readonly RecordedEvent[], breach: Breach): void => {
  const slots = new Set<string>();
  let most = 0;
  let isOnline = false;
  for (const { type, data, version } of events) {
    const handover = String(data['handover_id']);
    if (type === 'human_agent.registered' || type === 'human_agent.updated')
      most = (data['profile'] as { max_concurrent: number }).max_concurrent;
    if (type === 'human_agent.presence_changed') isOnline = data['status'] === 'ONLINE';
    if (type === 'human_agent.capacity_freed') slots.delete(handover);
    if (type !== 'human_agent.capacity_taken') continue;
    slots.add(handover);
    if (data['cause'] === 'offered' && slots.size > most)
      breach('I12', `${id} has ${slots.size} of ${most} at version ${version}`);
    if (data['cause'] === 'offered' && !isOnline) breach('I12', `${id} was offered something while away`);
  }
  if (slots.size > 0) breach('I12', `${id} still holds ${[...slots].join()}`);
};

/** A handover is given to one person at a time, and is over in the end. */
export const auditQueue = (id: string, events: readonly RecordedEvent[], breach: Breach): void => {
  let agent: string | null = null;
  let isClosed = false;
  for (const { type, data, version } of events) {
    if (isClosed) breach('I6', `${id} went on after it was closed, at version ${version}: ${type}`);
    if (type === 'queue_item.assigned') {
      if (agent !== null && agent === String(data['agent_id']))
        breach('I6', `${id} was assigned twice to ${agent}`);
      agent = String(data['agent_id']);
    }
    if (type === 'queue_item.requeued') agent = null;
    if (type === 'queue_item.closed') isClosed = true;
  }
  if (!isClosed) breach('I12', `${id} still waits in the queue`);
};
