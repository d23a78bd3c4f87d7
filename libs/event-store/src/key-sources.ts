import {
  type AnswerOf,
  type BodyInputOf,
  conversationRequests,
  type RequestContext,
  type RequestDefinition,
  SYSTEM_ACTOR,
} from '@baton/contracts';

import type { LogDatabase } from './log-database.js';
import { type KeySource, unwrapKey } from './keyring.js';

/** The keys in this log's own table, wrapped under the key-encryption key. */
export class LocalKeySource implements KeySource {
  readonly createsKeys = true;

  constructor(
    private readonly database: LogDatabase,
    private readonly kek: Buffer,
  ) {}

  async find(tenantId: string, keyId: string): Promise<Buffer | 'erased' | undefined> {
    const [row] = await this.database.system<{ wrapped: string | null }>(
      `SELECT wrapped FROM ${this.database.schema}.data_keys WHERE tenant_id = $1 AND key_id = $2`,
      [tenantId, keyId],
    );
    if (!row) return undefined;
    return row.wrapped === null ? 'erased' : unwrapKey(row.wrapped, this.kek);
  }
}

/** What a remote key source needs of the bus. */
export interface KeyRequester {
  request<D extends RequestDefinition>(
    definition: D,
    ctx: RequestContext,
    body: BodyInputOf<D>,
  ): Promise<AnswerOf<D>>;
}

/** The keys of conversations and runs, asked of the orchestrator. */
export class RemoteKeySource implements KeySource {
  readonly createsKeys = false;

  constructor(
    private readonly bus: KeyRequester,
    private readonly newRequestId: () => string,
  ) {}

  async find(tenantId: string, keyId: string): Promise<Buffer | 'erased' | undefined> {
    const answer = await this.bus.request(
      conversationRequests.dataKey,
      { tenant_id: tenantId, actor: SYSTEM_ACTOR, request_id: this.newRequestId() },
      { key_id: keyId },
    );
    if (answer === null) return undefined;
    return 'erased' in answer ? 'erased' : Buffer.from(answer.key, 'base64');
  }
}
