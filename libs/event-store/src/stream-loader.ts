import { isBatonError } from '@baton/contracts';

import { GroupCommit } from './group-commit.js';
import { unwrapKey } from './keyring.js';
import type { LogDatabase } from './log-database.js';
import type { StoredEvent } from './stored-event.js';

export interface LoadRequest {
  readonly tenant: string;
  readonly stream_type: string;
  readonly stream_id: string;
  /** Whose data key is wanted beside. */
  readonly key_id: string | null;
}

/** A stream's snapshot, the events behind it, and its data key as it is stored. */
export interface LoadedStream {
  readonly snapshot: { readonly version: number; readonly state: unknown } | null;
  readonly key: { readonly wrapped: string | null } | null;
  readonly events: readonly StoredEvent[];
}

/** Loads streams, those that are asked for together in one round trip. */
export class StreamLoader {
  private readonly loads: GroupCommit<LoadRequest, LoadedStream>;

  constructor(private readonly database: LogDatabase) {
    this.loads = new GroupCommit((requests) => this.loadBatch(requests), {
      maxBatch: 64,
      parallel: 3,
      leastBeside: 8,
      isOnesFault: (error) => !isBatonError(error, 'unavailable'),
    });
  }

  load(request: LoadRequest): Promise<LoadedStream> {
    return this.loads.submit(request);
  }

  private async loadBatch(requests: readonly LoadRequest[]): Promise<readonly LoadedStream[]> {
    const byTenant = [...Map.groupBy(requests.keys(), (index) => (requests[index] as LoadRequest).tenant)];
    const [row] = await this.database.hot<{ load_streams: LoadedStream[] }>(
      `SELECT ${this.database.schema}.load_streams($1::jsonb)`,
      [
        JSON.stringify(
          byTenant.map(([tenant, indexes]) => ({ tenant, streams: indexes.map((index) => requests[index]) })),
        ),
      ],
    );
    const loaded: LoadedStream[] = [];
    byTenant
      .flatMap(([, indexes]) => indexes)
      .forEach((index, place) => (loaded[index] = row?.load_streams[place] as LoadedStream));
    return loaded;
  }
}

/** The data key of a loaded stream, opened by the key that wraps it. */
export const openKey = (wrapped: string | null, kek: Buffer): Buffer | 'erased' =>
  wrapped === null ? 'erased' : unwrapKey(wrapped, kek);
