import { type BusRequest, HandleRequest } from '@baton/bus';
import { type DeadLetterRecord, type DeadLetterRequests, deadLetterRequests } from '@baton/contracts';
import { Controller, type Type } from '@nestjs/common';

import { TenantDeadLetters } from './tenant-dead-letters.js';

/** The door to the dead letters of `service`: each service answers for its own, so each has its own patterns. */
export const deadLetterController = (service: string): Type => {
  const requests = deadLetterRequests(service);

  @Controller()
  class DeadLetterController {
    constructor(private readonly letters: TenantDeadLetters) {}

    @HandleRequest(requests.list)
    list({ ctx, body }: BusRequest<DeadLetterRequests['list']>): Promise<readonly DeadLetterRecord[]> {
      return this.letters.list(ctx.tenant_id, body);
    }

    @HandleRequest(requests.get)
    get({ ctx, body }: BusRequest<DeadLetterRequests['get']>): Promise<DeadLetterRecord> {
      return this.letters.get(ctx.tenant_id, body.number);
    }

    @HandleRequest(requests.ask)
    ask({ ctx, body }: BusRequest<DeadLetterRequests['ask']>): Promise<DeadLetterRecord> {
      const { number, what, reason } = body;
      return this.letters.ask(ctx.tenant_id, number, { kind: what, by: ctx.actor.id, reason });
    }
  }

  return DeadLetterController;
};
