import type { InboxConsumers } from '@baton/event-store';

/** No consumer of this process looks into the log for what the bus did not bring. */
export const withoutSweep = (inboxes: InboxConsumers): void => {
  const create = inboxes.create.bind(inboxes);
  const silence = (consumer: ReturnType<typeof create>): typeof consumer => {
    consumer.catchUp = () => undefined;
    return consumer;
  };
  for (const consumer of (inboxes as unknown as { consumers: ReturnType<typeof create>[] }).consumers)
    silence(consumer);
  inboxes.create = (definition) => silence(create(definition));
};

interface Begun {
  readonly conversation: { readonly conversation_id: string };
  readonly running: { readonly turn_number: number; readonly attempt: number; readonly run_id: string };
}
interface Ending {
  complete(tenantId: string, begun: Begun, played: { ending: object }): Promise<unknown>;
}
interface Repository {
  load(
    tenantId: string,
    id: string,
  ): Promise<{ state: { status: string; running?: Begun['running'] | null } }>;
}

/** A worker that ends whatever turn is there, as if nobody compared its attempt with the one in the log. */
export const unfenced = (ending: unknown, repository: unknown): void => {
  const turns = ending as Ending;
  const complete = turns.complete.bind(turns);
  turns.complete = async (tenantId, begun, played) => {
    const { state } = await (repository as Repository).load(tenantId, begun.conversation.conversation_id);
    const running = state.status === 'AI_PROCESSING' ? state.running : null;
    const isTheirs =
      running?.turn_number === begun.running.turn_number && running.attempt === begun.running.attempt;
    if (!running || isTheirs) return complete(tenantId, begun, played);
    // The run's own stream would refuse it too: nothing of that is looked at either.
    const unchecked = { ...running, run_id: `${begun.running.run_id}-stale` };
    return complete(
      tenantId,
      { ...begun, running: unchecked },
      { ...played, ending: { ...played.ending, expectedVersion: 0 } },
    );
  };
};
