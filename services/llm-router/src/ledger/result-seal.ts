import { createSecretKey, type KeyObject } from 'node:crypto';

import { BatonError, type RequestContext } from '@baton/contracts';
import { isSealed, keyIdOf, Keyring, seal, type Sealed, unseal } from '@baton/event-store';
import { CONFIG, deriveKey } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { RouterConfig } from '../config.js';
import type { CallIdentity } from './ledger-row.js';

/** Key id of what belongs to no conversation and no run. */
const OWN_KEY_ID = 'llm-router/results';

/** A key for one call's result, had before the call is paid for. */
export interface ResultKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

/**
 * Seals stored results with the data key of the conversation or run that they belong to: when that key is
 * destroyed, so are they. What belongs to neither is sealed with a key of this service's own.
 */
@Injectable()
export class ResultSeal {
  private readonly ownKey: KeyObject;

  constructor(
    private readonly keyring: Keyring,
    @Inject(CONFIG) config: RouterConfig,
  ) {
    this.ownKey = createSecretKey(deriveKey(config.BATON_SECRET, 'llm-router/results/v1'));
  }

  /** @throws BatonError `erased` where the conversation was erased, `unavailable` where nobody tells */
  async keyFor(call: CallIdentity): Promise<ResultKey> {
    const keyId = keyIdFor(call);
    if (keyId === undefined) return { keyId: OWN_KEY_ID, key: this.ownKey };
    try {
      return { keyId, key: await this.keyring.keyForSealing(call.tenantId, keyId) };
    } catch (error) {
      // Called for something that the orchestrator does not know: there is nothing that could be erased.
      if (error instanceof BatonError && error.code === 'not-found')
        return { keyId: OWN_KEY_ID, key: this.ownKey };
      throw error;
    }
  }

  seal(ctx: Pick<RequestContext, 'tenant_id'>, key: ResultKey, result: unknown): Sealed {
    return seal(result, ctx.tenant_id, key.keyId, key.key);
  }

  /** @throws BatonError `erased` where the key or the result is gone */
  async open(tenantId: string, sealed: unknown): Promise<unknown> {
    if (!isSealed(sealed)) throw erased();
    const keyId = keyIdOf(sealed);
    const key = keyId === OWN_KEY_ID ? this.ownKey : await this.keyring.keyForSealing(tenantId, keyId);
    return unseal(sealed, tenantId, key);
  }
}

const erased = (): BatonError => new BatonError('erased', 'The stored answer of this call was erased');

const keyIdFor = (call: CallIdentity): string | undefined => {
  if (call.conversationId !== null) return `conversation/${call.conversationId}`;
  return call.runId === null ? undefined : `run/${call.runId}`;
};
