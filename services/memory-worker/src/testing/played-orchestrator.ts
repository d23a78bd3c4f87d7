import { randomBytes } from 'node:crypto';

import { BusClient } from '@baton/bus';
import {
  conversationRequests,
  type EventMetadata,
  logRequests,
  type RecordedEvent,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import {
  EventStore,
  batchedLog,
  eventStoreMigration,
  Keyring,
  LocalKeySource,
  OutboxRelay,
  type StreamRef,
} from '@baton/event-store';
import { Database, migrateService, newId, serviceUrls } from '@baton/service';
import { waitFor } from '@baton/testkit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { respond } from './responder.js';

class Log1700000000000 implements MigrationInterface {
  readonly name = 'Log1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    const { up } = eventStoreMigration('orchestrator', 'orchestrator');
    for (const sql of [...up, ...batchedLog('orchestrator').up]) await runner.query(sql);
  }
  async down(): Promise<void> {}
}

const KEK = Buffer.alloc(32, 7);
const START_MS = Date.parse('2026-11-22T10:00:00.000Z');

/** The orchestrator as far as memory-worker knows it: a log of conversations, its relay, its keys. */
export class PlayedOrchestrator {
  private versions = new Map<string, number>();
  private ticks = 0;
  keysAsked = 0;

  private constructor(
    readonly database: Database,
    readonly bus: BusClient,
    readonly store: EventStore,
    readonly relay: OutboxRelay,
  ) {}

  static async start(adminUrl: string, natsUrl: string): Promise<PlayedOrchestrator> {
    await migrateService({ name: 'orchestrator', migrations: [Log1700000000000], adminUrl });
    const urls = serviceUrls(adminUrl, 'orchestrator');
    const database = new Database({
      url: urls.app,
      systemUrl: urls.system,
      schema: 'orchestrator',
      applicationName: 'played-orchestrator',
    });
    const bus = new BusClient({ name: 'orchestrator', url: natsUrl });
    const onError = (error: unknown): void => {
      process.stderr.write(`played orchestrator: ${String(error)}\n`);
    };
    const relay = new OutboxRelay(database, bus, {
      holder: `test:${randomBytes(4).toString('hex')}`,
      onError,
    });
    const store = new EventStore(database, new Keyring(new LocalKeySource(database, KEK)), {
      newEventId: () => newId('evt'),
      kek: KEK,
      onCommitted: () => relay.wake(),
    });
    const played = new PlayedOrchestrator(database, bus, store, relay);
    played.answer();
    relay.start();
    return played;
  }

  /** Appends events to a conversation, seconds apart from each other, or all `at` a time. */
  async append(
    tenantId: string,
    conversationId: string,
    events: readonly { type: string; data: Record<string, unknown> }[],
    metadata: EventMetadata = { actor: SYSTEM_ACTOR },
    at?: string,
  ): Promise<RecordedEvent[]> {
    const ref = this.ref(tenantId, conversationId);
    const key = `${tenantId}/${conversationId}`;
    const recorded: RecordedEvent[] = [];
    for (const event of events) {
      const version = this.versions.get(key) ?? 0;
      const outcome = await this.store.transact({
        tenantId,
        now: at ?? new Date(START_MS + (this.ticks += 1) * 1000).toISOString(),
        appends: [
          {
            ref,
            expectedVersion: version,
            events: [event],
            metadata,
            keyId: `conversation/${conversationId}`,
          },
        ],
      });
      if (outcome.kind !== 'committed') throw new Error(`The played orchestrator: ${outcome.kind}`);
      this.versions.set(key, version + 1);
      recorded.push(...outcome.events);
    }
    return recorded;
  }

  begin(
    tenantId: string,
    conversationId: string,
    customerId: string | null = null,
  ): Promise<RecordedEvent[]> {
    return this.append(tenantId, conversationId, [
      {
        type: 'conversation.started',
        data: {
          conversation_id: conversationId,
          workflow: { name: 'customer_support', version: 1 },
          customer: customerId === null ? null : { id: customerId },
          metadata: {},
        },
      },
    ]);
  }

  /** One whole turn: message, start, completion. */
  turn(
    tenantId: string,
    conversationId: string,
    turn: number,
    input: string,
    reply: string | null = 'Noted.',
  ) {
    const message_id = `msg_${conversationId}_${turn}`;
    const run_id = `run_${conversationId}_${turn}`;
    return this.append(tenantId, conversationId, [
      {
        type: 'conversation.message_received',
        data: {
          message_id,
          turn_id: `t-${turn}`,
          turn_number: turn,
          content: input,
          user_input_hash: 'h',
          due_at: null,
          metadata: {},
        },
      },
      {
        type: 'conversation.turn_started',
        data: { turn_number: turn, run_id, attempt: 1, message_ids: [message_id] },
      },
      {
        type: 'conversation.turn_completed',
        data: {
          turn_number: turn,
          run_id,
          attempt: 1,
          status: 'COMPLETED',
          sink: reply === null ? 'HANDOVER' : 'FINISH',
          reply: reply === null ? null : { message_id: `${message_id}_r`, content: reply, confidence: 0.9 },
          agent_response_hash: reply === null ? null : 'r',
          input_text: input,
          message_ids: [message_id],
          usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0' },
        },
      },
    ]);
  }

  /** Says that it is erased and destroys the key, as the orchestrator does. */
  async erase(tenantId: string, conversationId: string): Promise<void> {
    await this.append(tenantId, conversationId, [
      { type: 'conversation.erased', data: { conversation_id: conversationId } },
    ]);
    await this.database.system(
      `UPDATE orchestrator.data_keys SET wrapped = NULL, erased_at = now() WHERE tenant_id = $1 AND key_id = $2`,
      [tenantId, `conversation/${conversationId}`],
    );
    this.store.keyring.forget(tenantId, `conversation/${conversationId}`);
  }

  /** Everything that was written has reached JetStream. */
  async published(): Promise<void> {
    await waitFor(
      async () => (await this.database.system('SELECT 1 FROM orchestrator.outbox LIMIT 1')).length === 0,
      { what: 'the outbox to be empty' },
    );
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    await this.bus.close();
    await this.database.close();
  }

  private ref(tenantId: string, streamId: string): StreamRef {
    return { tenantId, streamType: 'conversation', streamId };
  }

  private answer(): void {
    respond(this.bus, logRequests.orchestrator, async (body, ctx) => {
      if (body.log) {
        return this.store.sealed.log({
          streamTypes: body.log.stream_types,
          after: body.log.after,
          limit: body.limit,
        });
      }
      const { stream_id = '', after_version: afterVersion = 0 } = body.stream ?? {};
      const events = await this.store.sealed.stream(this.ref(ctx.tenant_id, stream_id), {
        afterVersion,
        limit: body.limit,
      });
      return { events, next: null };
    });
    respond(this.bus, conversationRequests.dataKey, async ({ key_id }, ctx) => {
      this.keysAsked += 1;
      const found = await new LocalKeySource(this.database, KEK).find(ctx.tenant_id, key_id);
      if (found === undefined) return null;
      return found === 'erased' ? { erased: true as const } : { key: found.toString('base64') };
    });
  }
}
