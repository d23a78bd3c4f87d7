import type { Append, EventStore, InboxConsumers } from '@baton/event-store';

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

interface Loaded {
  readonly state: { readonly status: string; readonly running?: { readonly attempt: number } | null };
}
interface Commit {
  readonly with: readonly Append[];
}
interface Repository {
  recall(tenantId: string, conversationId: string): Promise<Loaded>;
  commit(commit: Commit): Promise<unknown>;
}
interface Begun {
  readonly running: { readonly attempt: number };
}
interface Ending {
  complete(tenantId: string, begun: Begun, played: unknown): Promise<unknown>;
}

/**
 * A worker's ending of a turn without its token, which is kept in two places: the decider compares the attempt with
 * the one in the log, and whatever begins an attempt moves the stream of the run that it overtakes. Here the attempt
 * is always the one in the log, and the run's end goes behind whatever the run's stream has. All else is as it was.
 */
export const unfenced = (ending: unknown, repository: unknown, store: EventStore): void => {
  const turns = ending as Ending;
  const conversations = repository as Repository;
  // What the instance has, with the method that ships.
  const shipped = Object.create(
    Object.getPrototypeOf(turns) as object,
    Object.getOwnPropertyDescriptors(turns),
  ) as Ending;
  turns.complete = (tenantId, begun, played) => {
    let attempt = begun.running.attempt;
    const unchecked: Repository = {
      recall: async (tenant, id) => {
        const loaded = await conversations.recall(tenant, id);
        attempt = loaded.state.running?.attempt ?? attempt;
        return loaded;
      },
      commit: async (commit) => {
        const appends = commit.with.map(async (append) => {
          const { version } = await store.load(append.ref, NOTHING);
          return { ...append, expectedVersion: version };
        });
        return conversations.commit({ ...commit, with: await Promise.all(appends) });
      },
    };
    const running = Object.defineProperty({ ...begun.running }, 'attempt', { get: () => attempt });
    // Its own copy: others end their turns meanwhile.
    const own = Object.assign(Object.create(shipped) as Ending, { repository: unchecked });
    return own.complete(tenantId, { ...begun, running }, played);
  };
};

const NOTHING = { initialState: (): null => null, evolve: (): null => null };
