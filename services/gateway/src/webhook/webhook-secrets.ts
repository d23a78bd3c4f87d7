import { randomBytes } from 'node:crypto';

import { CONFIG, deriveKey, open, seal, type SealingKey } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';

import type { GatewayConfig } from '../config.js';

const SECRET_BYTES = 32;

/** Signing secrets: made here, sealed at rest, opened only to sign. */
@Injectable()
export class WebhookSecrets {
  private readonly key: SealingKey;

  constructor(@Inject(CONFIG) config: GatewayConfig) {
    this.key = { id: 'gateway.webhooks', key: deriveKey(config.BATON_SECRET, 'gateway.webhooks') };
  }

  /** `whsec_` and the base64 of its bytes, as Standard Webhooks writes it. */
  make(): string {
    return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  }

  seal(secret: string, webhookId: string): string {
    return seal(this.key, secret, webhookId);
  }

  /**
   * The three headers of Standard Webhooks, with one signature for each secret that is good now.
   * @param sealed of the webhook, sealed
   */
  sign(
    message: { readonly id: string; readonly at: Date; readonly body: string },
    webhookId: string,
    sealed: readonly string[],
  ): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
    const signatures = sealed.map((each) =>
      new Webhook(open(this.key, each, webhookId)).sign(message.id, message.at, message.body),
    );
    return {
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(message.at.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    };
  }
}
