import { randomBytes } from 'node:crypto';

import type { BusClient } from '@baton/bus';
import { conversationRequests, logRequests, type RequestDefinition, subjects } from '@baton/contracts';

interface Asked {
  readonly ctx: { readonly tenant_id: string };
  readonly body: { readonly key_id: string };
}

/** The orchestrator as far as the router knows it: it keeps the data keys. */
export class PlayedOrchestrator {
  /** Null where it was destroyed. */
  private readonly keys = new Map<string, string | null>();
  keysAsked = 0;

  constructor(readonly bus: BusClient) {
    this.respond(conversationRequests.dataKey, ({ ctx, body }) => {
      this.keysAsked += 1;
      const id = `${ctx.tenant_id}/${body.key_id}`;
      if (!this.keys.has(id)) this.keys.set(id, randomBytes(32).toString('base64'));
      const key = this.keys.get(id);
      return key === null ? { erased: true } : { key };
    });
    this.respond(logRequests.orchestrator, () => ({ events: [], next: null }));
  }

  erase(tenantId: string, keyId: string): void {
    this.keys.set(`${tenantId}/${keyId}`, null);
  }

  private respond(definition: RequestDefinition, answer: (request: Asked) => unknown): void {
    this.bus.connection.whenReady((nats) => {
      nats.subscribe(subjects.request(definition.pattern), {
        callback: (_, msg) => void msg.respond(JSON.stringify({ ok: answer(msg.json<Asked>()) })),
      });
    });
  }
}
