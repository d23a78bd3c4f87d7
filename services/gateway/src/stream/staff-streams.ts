import { setTimeout as sleep } from 'node:timers/promises';

import { decodeEvent, UndecodableEventError } from '@baton/bus';
import { BatonError, type RecordedEvent } from '@baton/contracts';
import { Clock, Metrics } from '@baton/service';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { JsMsg } from '@nats-io/jetstream';

import type { Principal } from '../auth/principal.js';
import { StaffRoles } from '../auth/staff-roles.js';
import { BusRepeats, placeOf, type StreamPlace } from './bus-repeats.js';
import { formatCursor, parseCursor, resumeFrom, type StreamRange } from './cursor.js';
import { EventHistory } from './event-history.js';
import { EventOpener } from './event-opener.js';
import { Frame } from './frame.js';
import { LiveEvents } from './live-events.js';
import { NOTIFYING_STREAMS } from './notification.js';
import { beginPush, endPush } from './push-span.js';
import { RecentEvents } from './recent-events.js';
import { StaffLane } from './staff-lane.js';
import { type Heard, RESYNC, REVOKED, StaffSession, type StaffSink } from './staff-session.js';
import { staffViewerOf } from './staff-viewer.js';
import { type StreamOrder, StreamVersions } from './stream-versions.js';

const START_PATIENCE_MS = 3000;
const LOOK_AGAIN_MS = 50;

interface Tenant {
  readonly sessions: Map<StaffSession, Principal>;
  lane: StaffLane;
}

/** Every client of the staff stream on this replica, and the one live stream that all of them hear. */
@Injectable()
export class StaffStreams implements OnModuleInit {
  private readonly logger = new Logger('StaffStreams');
  private readonly tenants = new Map<string, Tenant>();
  private readonly recent = new RecentEvents();
  private readonly versions = new StreamVersions();
  private readonly clients;
  private readonly closings;
  private readonly delivery;

  constructor(
    private readonly live: LiveEvents,
    private readonly history: EventHistory,
    private readonly opener: EventOpener,
    private readonly repeats: BusRepeats,
    private readonly roles: StaffRoles,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.clients = metrics.gauge('baton_gateway_staff_streams', 'Open staff streams');
    this.delivery = metrics.histogram(
      'baton_staff_delivery_seconds',
      'From what happened to its notification on the open staff streams of a tenant',
    );
    this.closings = metrics.counter(
      'baton_gateway_staff_streams_closed_total',
      'Staff streams that this side ended, by why',
      ['reason'],
    );
  }

  onModuleInit(): void {
    this.live.listen({
      onMessage: (message) => this.receive(message),
      onNewEpoch: () => this.beginEpoch(),
    });
  }

  /**
   * Opens a client's stream, from behind its cursor where it has one. The caller ends it with `leave`.
   * @throws BatonError `unavailable` while the event stream cannot be read
   */
  async open(principal: Principal, sink: StaffSink, cursorText?: string): Promise<StaffSession> {
    await this.untilStarted();
    const cursor = cursorText === undefined ? undefined : parseCursor(cursorText);
    const range = cursorText === undefined ? undefined : await this.presentRange();
    const resumption = range && resumeFrom(cursor, range);
    // From here to the join nothing may be awaited: an event between the two would be missed.
    const { position } = this.live;
    const from = typeof resumption === 'object' ? resumption.from : position + 1;
    const had = typeof resumption === 'object' ? { sequence: from, count: resumption.skip } : undefined;
    const { epoch = '' } = this.live;
    const joinedAt = Math.max(position, from - 1);
    const session = new StaffSession(staffViewerOf(principal), sink, epoch, joinedAt, had, ({ name }) =>
      this.closings.inc({ reason: name }),
    );
    this.join(session, principal);
    if (resumption === 'expired') session.tell(this.expired());
    void this.catchUp(session, from, position);
    return session;
  }

  leave(session: StaffSession): void {
    session.end();
    const tenant = this.tenants.get(session.viewer.tenantId);
    if (!tenant?.sessions.delete(session)) return;
    this.clients.dec();
    if (tenant.sessions.size === 0) this.tenants.delete(session.viewer.tenantId);
  }

  /** The place from which a client that has heard nothing yet misses nothing. */
  cursorOf(session: StaffSession): string {
    return formatCursor({ epoch: session.epoch, sequence: session.border });
  }

  private join(session: StaffSession, principal: Principal): void {
    const { tenantId } = session.viewer;
    let tenant = this.tenants.get(tenantId);
    if (!tenant) {
      tenant = { sessions: new Map(), lane: this.newLane(tenantId) };
      this.tenants.set(tenantId, tenant);
    }
    tenant.sessions.set(session, principal);
    this.clients.inc();
  }

  private newLane(tenantId: string): StaffLane {
    return new StaffLane(
      (heard) => {
        if (heard.occurredAt !== undefined && heard.frames.length > 0)
          this.delivery.observe(Math.max(0, this.clock.nowMs() - Date.parse(heard.occurredAt)) / 1000);
        const sessions = this.tenants.get(tenantId)?.sessions;
        for (const session of sessions?.keys() ?? []) session.hear(heard);
        if (heard.span) endPush(heard.span, sessions?.size ?? 0);
      },
      (error) => {
        this.logger.error(`The stream of tenant ${tenantId} stopped: ${(error as Error).message}`);
        const tenant = this.tenants.get(tenantId);
        if (!tenant) return;
        tenant.lane = this.newLane(tenantId);
        for (const session of tenant.sessions.keys()) session.close(RESYNC);
      },
    );
  }

  private async catchUp(session: StaffSession, from: number, upTo: number): Promise<void> {
    const { epoch = '' } = this.live;
    const versions = new StreamVersions();
    try {
      for await (const { event, place } of this.history.read(session.viewer.tenantId, from, upTo)) {
        if (session.isClosed) return;
        if (this.recent.wasBefore(event.event_id, { epoch, sequence: place.sequence })) continue;
        const order = versions.see(event);
        if (order !== 'overtaken') session.tell(await this.heard(event, epoch, place, order));
        await session.keepPace();
      }
      session.goLive();
    } catch (error) {
      this.logger.warn(`A client could not catch up: ${(error as Error).message}`);
      session.close(RESYNC);
    }
  }

  private receive(message: JsMsg): void {
    const [, , , streamType = '', tenantId = '', streamId = '', event = ''] = message.subject.split('.');
    if (streamType === 'human_agent' && event === 'updated') this.changeRole(tenantId, streamId);
    const { epoch } = this.live;
    if (epoch === undefined || !NOTIFYING_STREAMS.has(streamType)) return;
    // Seen though nobody listens just now: who comes back reads it from the history, and must not hear its repeat.
    const id = message.headers?.get('ce-id') ?? '';
    if (this.recent.see(id, { epoch, sequence: message.seq })) return;
    const tenant = this.tenants.get(tenantId);
    if (!tenant) return;
    try {
      const recorded = decodeEvent(message.headers, message.string());
      const order = this.versions.see(recorded);
      if (order === 'overtaken') return this.recent.overtaken(id);
      tenant.lane.push(this.heardLive(recorded, epoch, placeOf(message), order));
    } catch (error) {
      if (!(error instanceof UndecodableEventError)) throw error;
      this.logger.error(`${message.subject} cannot be read: ${error.message}`);
    }
  }

  private async heardLive(
    event: RecordedEvent,
    epoch: string,
    place: StreamPlace,
    order: StreamOrder,
  ): Promise<Heard> {
    const span = beginPush(event, 'staff');
    try {
      const heard = await this.heard(event, epoch, place, order);
      // Nobody is told of it.
      if (heard.frames.length === 0) span.discard();
      return { ...heard, occurredAt: event.occurred_at, ...(heard.frames.length > 0 && { span }) };
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  /** What JetStream holds twice is told where it stands first; what follows the event before it stands first here. */
  private async heard(
    event: RecordedEvent,
    epoch: string,
    place: StreamPlace,
    order: StreamOrder,
  ): Promise<Heard> {
    if (order === 'first' && (await this.repeats.isRepeat(event, place)))
      return { epoch, sequence: place.sequence, frames: [] };
    return this.opener.heard(event, epoch, place.sequence);
  }

  /**
   * Old cursors mean nothing in the stream's new life; what it repeats of the old one is told apart by its ids. What is
   * being opened still is told before: it is known by its id already, so its repeat would not be.
   */
  private beginEpoch(): void {
    const notice = this.expired();
    for (const { lane, sessions } of this.tenants.values()) {
      for (const session of sessions.keys()) session.loseHistory(notice.epoch);
      lane.behindAll(() => {
        for (const session of sessions.keys()) session.beginEpoch(notice);
      });
    }
  }

  private changeRole(tenantId: string, agentId: string): void {
    this.roles.forget(tenantId, agentId);
    for (const [session, principal] of this.tenants.get(tenantId)?.sessions ?? []) {
      if (principal.kind === 'staff' && principal.agentId === agentId)
        void this.reconsider(session, principal);
    }
  }

  private async reconsider(session: StaffSession, principal: Principal & { kind: 'staff' }): Promise<void> {
    try {
      const role = await this.roles.of(principal.tenantId, principal.agentId);
      if (role === undefined) return session.close(REVOKED);
      session.viewer = staffViewerOf({ ...principal, role });
    } catch (error) {
      this.logger.warn(`The role of ${principal.agentId} is not known: ${(error as Error).message}`);
      session.close(RESYNC);
    }
  }

  private expired(): Heard {
    const { epoch = '', position } = this.live;
    const cursor = formatCursor({ epoch, sequence: position });
    const notification = { type: 'cursor.expired' as const, data: {}, audience: 'all' as const };
    return { epoch, sequence: position, frames: [new Frame(cursor, notification)] };
  }

  /**
   * What the stream holds, as soon as this replica reads the same life of it. A stream that has just been made anew is
   * seen here first: the place and the epoch of what is read live are the old one's for a moment.
   */
  private async presentRange(): Promise<StreamRange> {
    const until = performance.now() + START_PATIENCE_MS;
    for (;;) {
      const range = await this.live.range();
      if (range.epoch === this.live.epoch) return range;
      if (performance.now() > until)
        throw new BatonError('unavailable', 'The event stream cannot be read now');
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private async untilStarted(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const unavailable = new BatonError('unavailable', 'The event stream cannot be read now');
      timer = setTimeout(() => reject(unavailable), START_PATIENCE_MS);
    });
    await Promise.race([this.live.started, late]).finally(() => clearTimeout(timer));
  }
}
