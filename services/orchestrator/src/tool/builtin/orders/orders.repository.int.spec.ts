import { Database, migrateService, rlsSql, serviceUrls } from '@baton/service';
import { createDatabase, type RunningServer, startPostgres } from '@baton/testkit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { nodeScope } from '../../testing/node-scope.fixture.js';
import { ToolExecutor } from '../../tool-executor.js';
import type { ToolOutcome } from '../../tool-outcome.js';
import { ToolRegistry } from '../../tool-registry.js';
import { orderTools } from './order-tools.js';
import { ORDER_TABLES, orderTables } from './orders.tables.js';
import { OrdersRepository } from './orders.repository.js';

class Orders1700000000000 implements MigrationInterface {
  readonly name = 'Orders1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    const rls = ORDER_TABLES.flatMap((table) => rlsSql('orchestrator', table, 'orchestrator'));
    for (const sql of [...orderTables('orchestrator'), ...rls]) await runner.query(sql);
  }
  async down(): Promise<void> {}
}

describe('the demo shop', () => {
  let postgres: RunningServer;
  let database: Database;
  let orders: OrdersRepository;
  let tenants = 0;
  let tenant: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    const { url } = await createDatabase(postgres.url);
    await migrateService({ name: 'orchestrator', migrations: [Orders1700000000000], adminUrl: url });
    const urls = serviceUrls(url, 'orchestrator');
    database = new Database({
      url: urls.app,
      systemUrl: urls.system,
      schema: 'orchestrator',
      applicationName: 'test',
    });
    orders = new OrdersRepository(database);
  });
  afterAll(async () => {
    await database?.close();
    await postgres?.stop();
  });
  beforeEach(() => {
    tenant = `tenant_${(tenants += 1)}`;
  });

  const call = async (tool: string, args: unknown, callId = '1'): Promise<ToolOutcome | undefined> => {
    const executor = new ToolExecutor(
      new ToolRegistry(orderTools(orders).map((each) => ({ ...each, riskTier: 'LOW' as const }))),
      { toolFailed: ({ error }) => expect(error).toBeUndefined() },
    );
    const scope = nodeScope({ tenantId: tenant, tools: ['orders.lookup', 'orders.refund'] });
    const [outcome] = await executor.execute([{ callId, tool, args }], scope);
    return outcome;
  };

  it('has ten orders for every tenant, the first five worth 1000', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => String(1001 + index));
    const found = await Promise.all(ids.map((id) => orders.find(tenant, id)));

    expect(found.map((order) => order?.orderId)).toEqual(ids);
    expect(found.slice(0, 5).map((order) => order?.totalCents)).toEqual(
      Array.from({ length: 5 }, () => 100_000),
    );
    expect(found.every((order) => order?.refunds.length === 0)).toBe(true);
  });

  it('is shown in decimal amounts', async () => {
    expect(await call('orders.lookup', { order_id: '1001' })).toEqual({
      kind: 'result',
      value: { order_id: '1001', status: 'shipped', total: 1000, refunds: [] },
    });
  });

  it('says so where there is no such order', async () => {
    const unknown = { kind: 'error', error: { code: 'not-found', message: 'There is no order 4711' } };

    expect(await call('orders.lookup', { order_id: '4711' })).toEqual(unknown);
    expect(await call('orders.refund', { order_id: '4711', amount: 1 })).toEqual(unknown);
  });

  it('pays back, and shows what was paid back', async () => {
    expect(await call('orders.refund', { order_id: '1001', amount: 19.99 }, 'a')).toMatchObject({
      kind: 'result',
      value: { order_id: '1001', amount: 19.99, left: 980.01 },
    });
    expect(await call('orders.lookup', { order_id: '1001' })).toMatchObject({
      value: { refunds: [{ amount: 19.99, at: expect.stringMatching(/^\d{4}-.*Z$/) }] },
    });
  });

  it('refuses more than what is left', async () => {
    await call('orders.refund', { order_id: '1010', amount: 15 }, 'a');

    expect(await call('orders.refund', { order_id: '1010', amount: 5 }, 'b')).toEqual({
      kind: 'error',
      error: { code: 'refund-too-large', message: 'Only 4.99 of order 1010 is left to refund' },
    });
    expect(await call('orders.refund', { order_id: '1010', amount: 4.99 }, 'c')).toMatchObject({
      value: { left: 0 },
    });
  });

  it.each([0, -1, 0.001, 19.999, 1e9, Number.MAX_VALUE])('refuses to pay back %d', async (amount) => {
    expect(await call('orders.refund', { order_id: '1001', amount })).toMatchObject({ kind: 'error' });
    expect((await orders.find(tenant, '1001'))?.refunds).toEqual([]);
  });

  it.each(["1001' OR '1'='1", '1001; DROP TABLE orders', '', 'abc', '１００１'])(
    'refuses the order number %j',
    async (order_id) => {
      expect(await call('orders.lookup', { order_id })).toMatchObject({
        kind: 'error',
        error: { code: 'invalid-arguments' },
      });
    },
  );

  it('pays once for one key: the same call again gives the first outcome', async () => {
    const refund = { orderId: '1002', amountCents: 60_000, idempotencyKey: 'run_1:answer:c1' };
    const first = await orders.refund(tenant, refund);
    const again = await orders.refund(tenant, refund);

    expect(first).toMatchObject({ kind: 'refunded', leftCents: 40_000 });
    expect(again).toEqual(first);
    expect((await orders.find(tenant, '1002'))?.refunds).toHaveLength(1);
  });

  it('refuses a key that paid for something else', async () => {
    await orders.refund(tenant, { orderId: '1002', amountCents: 100, idempotencyKey: 'k' });
    expect(await orders.refund(tenant, { orderId: '1002', amountCents: 200, idempotencyKey: 'k' })).toEqual({
      kind: 'key-reused',
    });
  });

  it('pays once when twenty workers repeat one call at the same time', async () => {
    const refund = { orderId: '1003', amountCents: 90_000, idempotencyKey: 'k' };
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => orders.refund(tenant, refund)));

    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect((await orders.find(tenant, '1003'))?.refunds).toHaveLength(1);
  });

  it('never pays more than there was, however many ask at the same time', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        orders.refund(tenant, { orderId: '1004', amountCents: 30_000, idempotencyKey: `k${index}` }),
      ),
    );

    expect(outcomes.filter(({ kind }) => kind === 'refunded')).toHaveLength(3);
    expect(outcomes.filter(({ kind }) => kind === 'too-much')).toHaveLength(12);
  });

  it("keeps each tenant's orders to itself", async () => {
    await orders.refund(tenant, { orderId: '1005', amountCents: 50_000, idempotencyKey: 'k' });
    const other = await orders.refund('another', {
      orderId: '1005',
      amountCents: 100_000,
      idempotencyKey: 'k',
    });

    expect(other).toMatchObject({ kind: 'refunded', leftCents: 0 });
    const rows = await database.tenant('another', (query) =>
      query.query('SELECT DISTINCT tenant_id FROM order_refunds'),
    );
    expect(rows).toEqual([{ tenant_id: 'another' }]);
  });
});
