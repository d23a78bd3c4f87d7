import { BatonError, type RunEvent } from '@baton/contracts';

import type { NodeScope } from './node-scope.js';
import { effectTool, expression, nodeScope, policy, readTool } from './testing/node-scope.fixture.js';
import { heldBack } from './testing/held-back.fixture.js';
import { MemoryJournal } from './testing/memory-journal.fixture.js';
import { type Tool, type ToolArguments, type ToolContext, ToolError } from './tool.js';
import { ToolExecutor } from './tool-executor.js';
import { ToolRegistry } from './tool-registry.js';

/** Tools that write down what they were called with. */
class Ledger {
  readonly runs: { tool: string; args: ToolArguments; context: ToolContext }[] = [];
  readonly failures: { tool: string; error: unknown }[] = [];

  executor(...tools: Tool[]): ToolExecutor {
    const recorded = tools.map((tool) => ({
      ...tool,
      run: (args: ToolArguments, context: ToolContext) => {
        this.runs.push({ tool: tool.name, args, context });
        return tool.run(args, context);
      },
    }));
    return new ToolExecutor(new ToolRegistry(recorded), {
      toolFailed: ({ tool, error }) => this.failures.push({ tool, error }),
    });
  }
}

const typesOf = (events: readonly RunEvent[]): string[] => events.map(({ type }) => type);

const lookup = readTool({
  name: 'orders.lookup',
  inputSchema: {
    type: 'object',
    properties: { order_id: { type: 'string' } },
    required: ['order_id'],
    additionalProperties: false,
  },
});
const refund = effectTool({
  name: 'orders.refund',
  riskTier: 'LOW',
  run: () => Promise.resolve({ left: 0 }),
});

describe('the door to the tools', () => {
  let ledger: Ledger;
  let journal: MemoryJournal;
  const scopeOf = (given: Partial<NodeScope> = {}): NodeScope =>
    nodeScope({ tools: ['orders.lookup', 'orders.refund'], journal, ...given });

  beforeEach(() => {
    ledger = new Ledger();
    journal = new MemoryJournal();
  });

  describe('what it does not let through', () => {
    it('is a tool that nobody knows, or that this node may not call', async () => {
      const executor = ledger.executor(lookup, refund);
      const outcomes = await executor.execute(
        [
          { callId: '1', tool: 'orders.delete', args: {} },
          { callId: '2', tool: 'orders.refund', args: {} },
        ],
        scopeOf({ tools: ['orders.lookup'] }),
      );

      expect(outcomes).toMatchObject([
        { kind: 'error', error: { code: 'unknown-tool' } },
        { kind: 'error', error: { code: 'unknown-tool', message: expect.stringContaining('orders.lookup') } },
      ]);
      expect(ledger.runs).toEqual([]);
    });

    it('is malformed arguments, before anyone asks for their risk', async () => {
      const riskScore = () => Promise.reject(new Error('must not be asked'));
      const scope = scopeOf({
        riskScore,
        approvals: new Map([
          ['orders.lookup', policy('orders.lookup', { kind: 'score', expression: expression('1') })],
        ]),
      });
      const [outcome] = await ledger
        .executor(lookup)
        .execute([{ callId: '1', tool: 'orders.lookup', args: '{"order_id":' }], scope);

      expect(outcome).toMatchObject({ kind: 'error', error: { code: 'invalid-arguments' } });
      expect([ledger.runs, journal.everything]).toEqual([[], []]);
    });

    it('is an action above LOW: it is not run, and nothing behind it is', async () => {
      const risky = { ...refund, riskTier: 'HIGH' as const };
      const asked = await heldBack(
        ledger.executor(lookup, risky).execute(
          [
            { callId: '1', tool: 'orders.lookup', args: { order_id: '1001' } },
            { callId: '2', tool: 'orders.refund', args: { amount: 900 }, reason: 'It came broken' },
            { callId: '3', tool: 'orders.lookup', args: { order_id: '1002' } },
          ],
          scopeOf(),
        ),
      );

      expect(asked).toMatchObject({
        kind: 'tool',
        call_id: '2',
        plan: { steps: [{ tool: 'orders.refund', args: { amount: 900 }, reason: 'It came broken' }] },
        risk: { risk_tier: 'HIGH' },
        required: { role: 'senior', approvals: 1 },
      });
      expect(ledger.runs.map(({ args }) => args)).toEqual([{ order_id: '1001' }]);
      expect(typesOf(journal.durable)).toEqual([]);
    });

    it("is an action whose score can't be found", async () => {
      const scope = scopeOf({
        approvals: new Map([
          ['orders.refund', policy('orders.refund', { kind: 'score', expression: expression('1/0') })],
        ]),
        riskScore: () => Promise.reject(new Error('took too long')),
      });
      const asked = await heldBack(
        ledger.executor(refund).execute([{ callId: '1', tool: 'orders.refund', args: {} }], scope),
      );

      expect(asked).toMatchObject({
        risk: { risk_tier: 'CRITICAL', reasons: [expect.stringContaining('took too long')] },
        required: { role: 'senior', approvals: 2 },
      });
      expect(ledger.runs).toEqual([]);
    });
  });

  describe('a policy', () => {
    it('lets a tool through that is HIGH by itself, by the score of these very arguments', async () => {
      const risky = { ...refund, riskTier: 'HIGH' as const };
      const scope = scopeOf({
        approvals: new Map([
          ['orders.refund', policy('orders.refund', { kind: 'score', expression: expression('x') })],
        ]),
        riskScore: (_expression, args) => Promise.resolve((args as { amount: number }).amount > 50 ? 60 : 20),
      });
      const run = (amount: number) =>
        ledger
          .executor(risky)
          .execute([{ callId: String(amount), tool: 'orders.refund', args: { amount } }], scope);

      expect(await run(20)).toMatchObject([{ kind: 'result' }]);
      expect(await heldBack(run(60))).toMatchObject({ risk: { risk_tier: 'MEDIUM', risk_score: 60 } });
      expect(ledger.runs).toHaveLength(1);
    });
  });

  describe('a side effect', () => {
    const call = { callId: 'c1', tool: 'orders.refund', args: { amount: 20 } };

    it('is in the log before it begins, and again when it has ended', async () => {
      const seen: string[][] = [];
      const watched = effectTool({
        name: 'orders.refund',
        run: () => {
          seen.push(typesOf(journal.durable));
          return Promise.resolve('done');
        },
      });
      await ledger.executor(watched).execute([call], scopeOf());

      expect(seen).toEqual([['run.tool_started']]);
      expect(journal.durable).toMatchObject([
        { type: 'run.tool_started', data: { idempotency_key: 'run_1:answer:c1', args: { amount: 20 } } },
        { type: 'run.tool_finished', data: { call_id: 'c1', result: 'done', error: null } },
      ]);
      expect(ledger.runs[0]?.context.idempotencyKey).toBe('run_1:answer:c1');
    });

    it('does not begin where the log takes no more from this worker', async () => {
      journal.beforeAppend = () => {
        throw new BatonError('stale-owner', 'Another worker has the run');
      };
      await expect(ledger.executor(refund).execute([call], scopeOf())).rejects.toMatchObject({
        code: 'stale-owner',
      });
      expect(ledger.runs).toEqual([]);
    });

    it('that has ended is not begun again', async () => {
      const executor = ledger.executor(refund);
      const first = await executor.execute([call], scopeOf());
      const again = await executor.execute([call], scopeOf({ journal: new MemoryJournal(journal.durable) }));

      expect(again).toEqual(first);
      expect(ledger.runs).toHaveLength(1);
    });

    it('that had begun is repeated as it was: same key, same arguments, no second judgement', async () => {
      await journal.append([
        {
          type: 'run.tool_started',
          data: {
            node_id: 'answer',
            call_id: 'c1',
            tool: 'orders.refund',
            args: { amount: 20 },
            idempotency_key: 'key',
          },
        },
      ]);
      const strict = new Map([
        ['orders.refund', policy('orders.refund', { kind: 'tier' as const, tier: 'HIGH' as const })],
      ]);
      const outcomes = await ledger
        .executor(refund)
        .execute([{ ...call, args: { amount: 900 } }], scopeOf({ approvals: strict }));

      expect(outcomes).toMatchObject([{ kind: 'result' }]);
      expect(ledger.runs).toMatchObject([{ args: { amount: 20 }, context: { idempotencyKey: 'key' } }]);
      expect(typesOf(journal.durable)).toEqual(['run.tool_started', 'run.tool_finished']);
    });

    it('that had begun and can not be repeated is left to people', async () => {
      await journal.append([
        {
          type: 'run.tool_started',
          data: { node_id: 'answer', call_id: 'c1', tool: 'orders.refund', args: {}, idempotency_key: 'key' },
        },
      ]);
      const careful = { ...refund, idempotency: 'unknown' as const };
      const outcomes = await ledger
        .executor(careful, lookup)
        .execute([call, { callId: 'c2', tool: 'orders.lookup', args: { order_id: '1001' } }], scopeOf());

      expect(outcomes).toMatchObject([{ kind: 'unsettled', note: expect.stringContaining('orders.refund') }]);
      expect(ledger.runs).toEqual([]);
    });

    it('that had begun with a tool that has gone since is left to people', async () => {
      await journal.append([
        {
          type: 'run.tool_started',
          data: { node_id: 'answer', call_id: 'c1', tool: 'orders.refund', args: {}, idempotency_key: 'key' },
        },
      ]);
      const silent = readTool({ name: 'orders.refund', run: () => Promise.reject(new Error('unreachable')) });
      for (const executor of [ledger.executor(lookup), ledger.executor(silent)])
        expect(await executor.execute([call], scopeOf())).toMatchObject([
          { kind: 'unsettled', note: expect.stringContaining('orders.refund') },
        ]);
      expect(journal.everything).toHaveLength(1);
    });

    it('that fails in a way that leaves its outcome open stays open in the log, for the retry with the same key', async () => {
      let isDown = true;
      const flaky = effectTool({
        name: 'orders.refund',
        run: () =>
          isDown
            ? Promise.reject(new BatonError('unavailable', 'PostgreSQL is gone'))
            : Promise.resolve('done'),
      });
      const executor = ledger.executor(flaky);
      await expect(executor.execute([call], scopeOf())).rejects.toMatchObject({ code: 'unavailable' });
      expect(typesOf(journal.durable)).toEqual(['run.tool_started']);

      isDown = false;
      expect(await executor.execute([call], scopeOf())).toMatchObject([{ kind: 'result', value: 'done' }]);
      expect(new Set(ledger.runs.map(({ context }) => context.idempotencyKey)).size).toBe(1);
    });

    it('is seen through though the run is cancelled meanwhile', async () => {
      const cancel = new AbortController();
      const slow = effectTool({
        name: 'orders.refund',
        run: async (_args, { signal }) => {
          cancel.abort();
          await Promise.resolve();
          return { aborted: signal.aborted };
        },
      });
      const outcomes = await ledger.executor(slow).execute([call], scopeOf({ signal: cancel.signal }));

      expect(outcomes).toEqual([{ kind: 'result', value: { aborted: false } }]);
      expect(typesOf(journal.durable)).toEqual(['run.tool_started', 'run.tool_finished']);
    });

    it('of a run that is cancelled already does not begin', async () => {
      const scope = scopeOf({ signal: AbortSignal.abort() });
      await expect(ledger.executor(refund).execute([call], scope)).rejects.toMatchObject({
        code: 'cancelled',
      });
      expect([ledger.runs, journal.everything]).toEqual([[], []]);
    });

    it('that is still under way is joined, not begun a second time', async () => {
      const gate = Promise.withResolvers<string>();
      const executor = ledger.executor(effectTool({ name: 'orders.refund', run: () => gate.promise }));
      const first = executor.execute([call], scopeOf());
      const second = executor.execute([call], scopeOf());
      gate.resolve('done');

      expect(await first).toEqual(await second);
      expect(ledger.runs).toHaveLength(1);
    });

    it("whose tool says no is over: the no is in the log and the caller's to read", async () => {
      const refusing = effectTool({
        name: 'orders.refund',
        run: () => Promise.reject(new ToolError('refund-too-large', 'Only 5.00 is left')),
      });
      const outcomes = await ledger.executor(refusing).execute([call], scopeOf());

      expect(outcomes).toEqual([
        { kind: 'error', error: { code: 'refund-too-large', message: 'Only 5.00 is left' } },
      ]);
      expect(journal.durable.at(-1)).toMatchObject({
        data: { error: { code: 'refund-too-large' }, result: null },
      });
    });
  });

  describe('reads', () => {
    it('that stand together run at once and cost no commit', async () => {
      let running = 0;
      let most = 0;
      const gate = Promise.withResolvers<void>();
      const counted = readTool({
        name: 'orders.lookup',
        run: async () => {
          running += 1;
          most = Math.max(most, running);
          if (running === 3) gate.resolve();
          await gate.promise;
          running -= 1;
        },
      });
      await ledger.executor(counted).execute(
        ['1', '2', '3'].map((callId) => ({ callId, tool: 'orders.lookup', args: {} })),
        scopeOf(),
      );

      expect(most).toBe(3);
      expect(journal.durable).toEqual([]);
      expect(journal.waiting).toHaveLength(3);
    });

    it('keep their place around a side effect', async () => {
      const order: string[] = [];
      const note = (name: string) => (): Promise<void> => {
        order.push(name);
        return Promise.resolve();
      };
      const executor = ledger.executor(
        readTool({ name: 'orders.lookup', run: note('read') }),
        effectTool({ name: 'orders.refund', run: note('effect') }),
      );
      await executor.execute(
        ['orders.lookup', 'orders.refund', 'orders.lookup'].map((tool, index) => ({
          callId: String(index),
          tool,
          args: {},
        })),
        scopeOf(),
      );

      expect(order).toEqual(['read', 'effect', 'read']);
    });

    it('that fail tell our own errors and keep a stranger’s words to themselves', async () => {
      const executor = ledger.executor(
        readTool({
          name: 'orders.lookup',
          run: () => Promise.reject(new BatonError('unavailable', 'Memory is down')),
        }),
        readTool({ name: 'orders.refund', run: () => Promise.reject(new Error('password=hunter2')) }),
      );
      const outcomes = await executor.execute(
        [
          { callId: '1', tool: 'orders.lookup', args: {} },
          { callId: '2', tool: 'orders.refund', args: {} },
        ],
        scopeOf(),
      );

      expect(outcomes).toMatchObject([
        { kind: 'error', error: { code: 'unavailable', message: 'Memory is down' } },
        { kind: 'error', error: { code: 'tool-failed', message: 'orders.refund failed unexpectedly' } },
      ]);
      expect(ledger.failures.map(({ error }) => (error as Error).message)).toContain('password=hunter2');
    });

    it('that take too long are ended, whether they listen or not', async () => {
      const deaf = readTool({
        name: 'orders.lookup',
        timeoutMs: 20,
        run: () => new Promise(() => undefined),
      });
      const outcomes = await ledger
        .executor(deaf)
        .execute([{ callId: '1', tool: 'orders.lookup', args: {} }], scopeOf());

      expect(outcomes).toMatchObject([{ kind: 'error', error: { code: 'deadline-exceeded' } }]);
    });

    it('end with their run', async () => {
      const cancel = new AbortController();
      const endless = readTool({
        name: 'orders.lookup',
        run: () => {
          cancel.abort(new BatonError('stale-owner', 'Another worker has the run'));
          return new Promise(() => undefined);
        },
      });
      const running = ledger
        .executor(endless)
        .execute([{ callId: '1', tool: 'orders.lookup', args: {} }], scopeOf({ signal: cancel.signal }));

      await expect(running).rejects.toMatchObject({ code: 'stale-owner' });
      expect(journal.everything).toEqual([]);
    });
  });

  it('cuts a result that is too large, in the log and for the caller alike', async () => {
    const flood = readTool({ name: 'orders.lookup', run: () => Promise.resolve('x'.repeat(200_000)) });
    const [outcome] = await ledger
      .executor(flood)
      .execute([{ callId: '1', tool: 'orders.lookup', args: {} }], scopeOf());

    expect(outcome).toMatchObject({ kind: 'result', value: { truncated: true, bytes: 200_002 } });
    expect(JSON.stringify(journal.waiting).length).toBeLessThan(70_000);
  });
});
