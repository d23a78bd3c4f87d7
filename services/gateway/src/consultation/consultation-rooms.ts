import { BusClient } from '@baton/bus';
import { consultationRequests, type ConsultationView, type RequestContext } from '@baton/contracts';
import { Injectable, Logger } from '@nestjs/common';

import { ConsultationRoom, type RoomListener } from './consultation-room.js';

/** The consultations that somebody follows through this process. */
@Injectable()
export class ConsultationRooms {
  private readonly logger = new Logger('ConsultationRooms');
  private readonly rooms = new Map<string, ConsultationRoom>();

  constructor(private readonly bus: BusClient) {}

  /**
   * Lets somebody in: from here on they hear everything.
   * @throws BatonError `not-found`, `erased`
   */
  async enter(
    ctx: RequestContext,
    consultation_id: string,
    listener: RoomListener,
  ): Promise<{ readonly room: ConsultationRoom; readonly view: ConsultationView }> {
    const key = `${ctx.tenant_id}/${consultation_id}`;
    let room = this.rooms.get(key);
    if (!room) {
      room = new ConsultationRoom(this.bus, ctx.tenant_id, consultation_id, (error) =>
        this.logger.warn({ err: error, consultation_id }, 'What was missed of a consultation cannot be read'),
      );
      this.rooms.set(key, room);
    }
    room.add(listener);
    try {
      // Asked behind the subscription on the same connection: what comes after the answer is surely heard.
      const view = await this.bus.request(consultationRequests.get, ctx, { consultation_id });
      room.begin(view.messages.at(-1), view.status !== 'ACTIVE');
      return { room, view };
    } catch (error) {
      this.leave(ctx.tenant_id, consultation_id, listener);
      throw error;
    }
  }

  leave(tenantId: string, consultationId: string, listener: RoomListener): void {
    const key = `${tenantId}/${consultationId}`;
    const room = this.rooms.get(key);
    if (!room) return;
    room.remove(listener);
    if (!room.isEmpty) return;
    room.close();
    this.rooms.delete(key);
  }
}
