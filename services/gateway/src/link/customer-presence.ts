import { BusClient } from '@baton/bus';
import { CustomerLook, type CustomerSeen, subjects } from '@baton/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';

import type { Principal } from '../auth/principal.js';

/** Which customers have their stream open here; answers when it is asked on the bus. */
@Injectable()
export class CustomerPresence implements OnModuleInit {
  private readonly open = new Map<string, number>();

  constructor(private readonly bus: BusClient) {}

  onModuleInit(): void {
    this.bus.subscribe(subjects.customerLook, (message) => {
      const look = CustomerLook.safeParse(message);
      if (!look.success) return;
      const is_here = this.open.has(keyOf(look.data.tenant_id, look.data.conversation_id));
      this.bus.publish(look.data.reply_to, { is_here } satisfies CustomerSeen);
    });
  }

  opened(principal: Principal): void {
    if (principal.kind !== 'customer') return;
    const key = keyOf(principal.tenantId, principal.conversationId);
    this.open.set(key, (this.open.get(key) ?? 0) + 1);
  }

  closed(principal: Principal): void {
    if (principal.kind !== 'customer') return;
    const key = keyOf(principal.tenantId, principal.conversationId);
    const left = (this.open.get(key) ?? 0) - 1;
    if (left > 0) this.open.set(key, left);
    else this.open.delete(key);
  }
}

const keyOf = (tenantId: string, conversationId: string): string => `${tenantId}/${conversationId}`;
