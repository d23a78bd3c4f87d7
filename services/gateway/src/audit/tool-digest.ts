import { isBatonError, type RecordedEvent } from '@baton/contracts';
import { ERASED, isSealed, Keyring } from '@baton/event-store';
import { CONFIG, deriveKey, keyedHash } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { GatewayConfig } from '../config.js';
import { canonicalJson } from '../http/call.js';

/** What tells that two calls of a tool were the same, and of what they were nothing. */
@Injectable()
export class ToolDigest {
  private readonly key: Buffer;

  constructor(
    private readonly keyring: Keyring,
    @Inject(CONFIG) config: Pick<GatewayConfig, 'BATON_SECRET'>,
  ) {
    this.key = deriveKey(config.BATON_SECRET, 'gateway.audit');
  }

  /**
   * Null where the event starts no tool, and where its conversation was erased before it was read.
   * @throws BatonError `unavailable` where the key is not to be had just now
   */
  async of(event: RecordedEvent): Promise<string | null> {
    if (event.type !== 'run.tool_started') return null;
    const args = await this.open(event);
    return args === ERASED ? null : this.digest(event.data['tool'], args);
  }

  private digest(tool: unknown, args: unknown): string {
    return keyedHash(this.key, canonicalJson({ tool, args }));
  }

  private async open(event: RecordedEvent): Promise<unknown> {
    const { args } = event.data;
    if (!isSealed(args)) return args;
    try {
      return await this.keyring.open(event.tenant_id, args);
    } catch (error) {
      if (isBatonError(error) && error.retryable) throw error;
      // A ciphertext that no key opens: the row is worth more than its digest.
      return ERASED;
    }
  }
}
