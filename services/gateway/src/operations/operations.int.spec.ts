import {
  BatonError,
  type DeadLetterRecord,
  deadLetterRequests,
  type OpenWork,
  operationsRequests,
  workflowRequests,
} from '@baton/contracts';
import { SERVICE_NAMES, type ServiceName } from '@baton/service';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { healthyReport, playProcesses } from '../testing/played-processes.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const WORK: OpenWork = {
  turns: { collecting: 1, processing: 2, oldest_received_at: '2026-11-22T10:00:00.000Z' },
  stuck: [],
  stuck_count: 0,
  runs: { running: 0, silent: 0 },
};

const record = (number: number, parked_at: string): DeadLetterRecord => ({
  number: String(number),
  state: 'open',
  consumer: 'c',
  stream_type: 'conversation',
  stream_id: 'conv_1',
  version: 3,
  type: 'conversation.turn_completed',
  reason: 'a defect',
  attempts: 5,
  parked_at,
  asked: null,
  settled_at: null,
  outcome: null,
});

describe('how Baton is', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let otherKey: string;
  let stopPlaying: () => void;
  /** What each service has; a number is the minute in which it was parked. */
  let kept: Partial<Record<ServiceName, readonly number[]>> = {};
  let away: ServiceName | undefined;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
    playAgents(services);
    const tenant = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Another' } });
    otherKey = tenant.body.api_key as string;
    stopPlaying = playProcesses(services.bus, [
      healthyReport('orchestrator', {
        gauges: [
          { name: 'baton_outbox_age_seconds', labels: {}, value: 9 },
          { name: 'baton_outbox_rows', labels: {}, value: 40 },
          { name: 'baton_dead_letters_open', labels: { consumer: 'turn-worker' }, value: 2 },
        ],
      }),
      // A second replica looks into the same tables.
      healthyReport('orchestrator', {
        process: 'orchestrator-1:7',
        gauges: [{ name: 'baton_outbox_rows', labels: {}, value: 40 }],
      }),
      healthyReport('queue-manager', {
        checks: [{ name: 'redis', status: 'degraded', message: 'Connection is closed.' }],
      }),
      healthyReport('memory-worker', {
        checks: [{ name: 'postgres', status: 'down', message: 'not there' }],
      }),
    ]);
    services.on(operationsRequests.openWork, () => WORK);
    for (const service of SERVICE_NAMES) {
      services.on(deadLetterRequests(service).list, ({ before, limit }) => {
        if (service === away) throw new BatonError('unavailable', 'Away');
        return (kept[service] ?? [])
          .map((minute, index) =>
            record(index + 1, `2026-11-22T10:${String(minute).padStart(2, '0')}:00.000Z`),
          )
          .filter(({ number }) => before === undefined || Number(number) < Number(before))
          .toReversed()
          .slice(0, limit);
      });
      services.on(deadLetterRequests(service).ask, ({ number, what, reason }, { actor }) => {
        if (number === '404') throw new BatonError('not-found', 'There is no such dead letter');
        const at = '2026-11-22T11:00:00.000Z';
        return {
          ...record(Number(number), at),
          state: 'pending' as const,
          asked: { what, by: actor.id, reason, at },
        };
      });
    }
  });
  afterAll(async () => {
    stopPlaying?.();
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  it('is told to administrators: each service with what it depends on, and what somebody should look at', async () => {
    const { status, body } = await gateway.call('GET', '/api/v1/system');
    expect(status).toBe(200);
    expect(body.work).toEqual(WORK);
    const { services: told, conditions, logs, dead_letters } = body.installation;
    const states = told.map((each: { service: string; status: string }) => [each.service, each.status]);
    expect(Object.fromEntries(states)).toEqual({
      gateway: 'up',
      orchestrator: 'up',
      'queue-manager': 'degraded',
      'memory-worker': 'down',
      // No process of it is there.
      'llm-router': 'silent',
    });
    expect(told[0].processes[0].checks.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['postgres', 'nats', 'redis']),
    );
    expect(told[1].processes).toHaveLength(2);
    expect(logs).toContainEqual({
      service: 'orchestrator',
      outbox_rows: 40,
      outbox_age_seconds: 9,
      timers_overdue_seconds: null,
    });
    expect(dead_letters).toEqual([{ service: 'orchestrator', consumer: 'turn-worker', open: 2 }]);
    expect(
      conditions.map(({ alert, about }: { alert: string; about: string }) => `${alert} ${about}`),
    ).toEqual([
      'BatonServiceDown memory-worker',
      'BatonServiceDown llm-router',
      'BatonOutboxBehind orchestrator',
      'BatonWithoutRedis queue-manager',
      'BatonDeadLetters turn-worker',
    ]);
  });

  it("shows another tenant its own work, and nothing of the installation's", async () => {
    const { body } = await gateway.call('GET', '/api/v1/system', { token: otherKey });
    expect(body).toMatchObject({ installation: null, work: WORK });
    const { ctx } = services.lastAsked(operationsRequests.openWork);
    expect(ctx.tenant_id).not.toBe('default');
  });

  it('is for administrators alone, and says also that the orchestrator is away', async () => {
    for (const path of ['/api/v1/system', '/api/v1/dead-letters', '/api/v1/dead-letters/gateway-1']) {
      expect((await gateway.call('GET', path, { token: null })).status).toBe(401);
      const supervisor = await gateway.staffToken('supervisor_sue');
      expect((await gateway.call('GET', path, { token: supervisor })).status).toBe(403);
      const key = await gateway.keyWith(['conversations', 'staff', 'workflows', 'analytics']);
      expect((await gateway.call('GET', path, { token: key })).status).toBe(403);
    }
    services.on(operationsRequests.openWork, () => {
      throw new BatonError('unavailable', 'Away');
    });
    const admin = await gateway.staffToken('admin_ada');
    const { status, body } = await gateway.call('GET', '/api/v1/system', { token: admin });
    expect(status).toBe(200);
    expect(body.work).toBeNull();
    expect(body.installation).not.toBeNull();
  });

  describe('dead letters', () => {
    const page = async (query = '', token?: string) => {
      const { status, body } = await gateway.call('GET', `/api/v1/dead-letters${query}`, {
        ...(token !== undefined && { token }),
      });
      return {
        status,
        body,
        ids: body.items?.map((item: { dead_letter_id: string }) => item.dead_letter_id),
      };
    };

    it('come from every service, newest first, each once, however they are paged', async () => {
      // Numbers and times of one service need not be in the same order.
      kept = { orchestrator: [1, 5, 4, 30], 'memory-worker': [2, 3, 20], gateway: [10] };
      const all = ['orchestrator-4', 'memory-worker-3', 'gateway-1', 'orchestrator-3', 'orchestrator-2'];
      const rest = ['memory-worker-2', 'memory-worker-1', 'orchestrator-1'];
      expect((await page()).ids).toEqual([...all, ...rest]);
      for (const limit of [1, 2, 3, 7]) {
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const { body, ids } = await page(`?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`);
          seen.push(...ids);
          cursor = body.next_cursor as string | null;
        } while (cursor !== null);
        expect(seen).toEqual([...all, ...rest]);
      }
      expect((await page('?state=open')).status).toBe(200);
      expect(services.lastAsked(deadLetterRequests('gateway').list).body).toEqual({
        state: 'open',
        limit: 51,
      });
    });

    it('of a service that is away are said to be missing; they come on a later page', async () => {
      kept = { orchestrator: [1, 2, 3], 'memory-worker': [9] };
      away = 'memory-worker';
      const first = await page('?limit=2');
      expect(first).toMatchObject({ status: 200, ids: ['orchestrator-3', 'orchestrator-2'] });
      expect(first.body.unreachable).toEqual(['memory-worker']);
      away = undefined;
      const { ids } = await page(`?limit=5&cursor=${first.body.next_cursor}`);
      expect(ids).toEqual(['memory-worker-1', 'orchestrator-1']);
    });

    it.each(['limit=0', 'limit=201', 'state=lost', 'cursor=x', 'cursor=eyJub2JvZHkiOiIxIn0'])(
      'are refused for %s',
      async (query) => {
        const { status, body } = await page(`?${query}`);
        expect({ status, type: body.type }).toEqual({
          status: 400,
          type: 'urn:baton:problem:validation-failed',
        });
      },
    );

    it('are asked of in the tenant of who asks', async () => {
      await page('', otherKey);
      const { ctx } = services.lastAsked(deadLetterRequests('orchestrator').list);
      expect(ctx.tenant_id).not.toBe('default');
    });

    it('are replayed and dropped in the name of who asks, once per key', async () => {
      const token = await gateway.staffToken('admin_ada');
      const headers = { 'idempotency-key': 'k-1' };
      const drop = (body: unknown, more = {}) =>
        gateway.call('POST', '/api/v1/dead-letters/memory-worker-12/drop', { token, body, ...more });
      const first = await drop({ reason: ' poison ' }, { headers });
      expect(first.status).toBe(202);
      expect(first.body).toMatchObject({
        dead_letter_id: 'memory-worker-12',
        service: 'memory-worker',
        state: 'pending',
        asked: { what: 'drop', by: 'admin_ada', reason: 'poison' },
      });
      const again = await drop({ reason: ' poison ' }, { headers });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(again.body).toEqual(first.body);
      expect((await drop({ reason: 'another' }, { headers })).status).toBe(422);
      expect((await drop({})).status).toBe(400);
      expect((await drop({ reason: '  ' })).status).toBe(400);
      const replay = await gateway.call('POST', '/api/v1/dead-letters/orchestrator-3/replay', { token });
      expect(replay.body.asked).toMatchObject({ what: 'replay', reason: null });
    });

    it.each(['nobody-1', 'gateway', 'gateway-x', 'gateway-404'])('do not exist as %s', async (id) => {
      const answer = await gateway.call('POST', `/api/v1/dead-letters/${id}/replay`);
      expect(answer).toMatchObject({ status: 404, body: { type: 'urn:baton:problem:not-found' } });
    });
  });

  it('is told of one run event by event, to supervisors', async () => {
    services.on(workflowRequests.runEvents, () => ({ items: [], next_cursor: null }));
    const token = await gateway.staffToken('supervisor_sue');
    const { status } = await gateway.call('GET', '/api/v1/runs/run_1/events?limit=5', { token });
    expect(status).toBe(200);
    expect(services.lastAsked(workflowRequests.runEvents).body).toEqual({ run_id: 'run_1', limit: 5 });
    const agent = await gateway.staffToken('agent_ana');
    expect((await gateway.call('GET', '/api/v1/runs/run_1/events', { token: agent })).status).toBe(403);
  });
});
