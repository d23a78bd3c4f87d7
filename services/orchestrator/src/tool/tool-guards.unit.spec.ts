import { BatonError } from '@baton/contracts';
import { Guards, Metrics } from '@baton/service';
import { Logger } from '@nestjs/common';

import { MemoryJournal } from './testing/memory-journal.fixture.js';
import { effectTool, nodeScope, readTool } from './testing/node-scope.fixture.js';
import { type Tool, ToolError } from './tool.js';
import { ToolExecutor } from './tool-executor.js';
import { toolGuards } from './tool-guards.js';
import type { ToolOutcome } from './tool-outcome.js';
import { ToolRegistry } from './tool-registry.js';

const DOWN = new ToolError('http-failed', 'The request failed: ECONNREFUSED', true);
const FAILURES = 5;

describe('a tool whose other side does not answer', () => {
  beforeAll(() => Logger.overrideLogger(false));

  let runs: string[];
  beforeEach(() => void (runs = []));

  /** Fails at the host `down`, and where else `fails` says. */
  const fetcher = (given: Partial<Tool> = {}): Tool =>
    readTool({
      name: 'fetch',
      dependency: (args) => args['host'] as string,
      run: (args) => {
        runs.push(args['host'] as string);
        return args['host'] === 'down' ? Promise.reject(DOWN) : Promise.resolve({ status: 200 });
      },
      ...given,
    });
  const executorOf = (tool: Tool): ToolExecutor =>
    new ToolExecutor(
      new ToolRegistry([tool]),
      { toolFailed: () => undefined },
      toolGuards(new Guards(new Metrics('unit'))),
    );
  let calls = 0;
  const call = async (
    executor: ToolExecutor,
    host: string,
    { tenantId = 'acme', journal = new MemoryJournal() } = {},
  ): Promise<ToolOutcome | undefined> => {
    const requests = [{ callId: `call_${(calls += 1)}`, tool: 'fetch', args: { host } }];
    return (await executor.execute(requests, nodeScope({ tools: ['fetch'], tenantId, journal })))[0];
  };
  const fail = async (executor: ToolExecutor): Promise<void> => {
    for (let index = 0; index < FAILURES; index += 1) await call(executor, 'down');
    runs.length = 0;
  };

  it('is not run for a while, and whoever called it is told so', async () => {
    const executor = executorOf(fetcher());
    await fail(executor);
    expect(await call(executor, 'down')).toEqual({
      kind: 'error',
      error: { code: 'unavailable', message: 'fetch has kept failing and is left alone for a moment' },
    });
    expect(runs).toEqual([]);
  });

  it('is run for another host, and for another tenant', async () => {
    const executor = executorOf(fetcher());
    await fail(executor);
    expect(await call(executor, 'up')).toMatchObject({ kind: 'result' });
    await call(executor, 'down', { tenantId: 'globex' });
    expect(new Set(runs)).toEqual(new Set(['up', 'down']));
  });

  it('is tried once more where the call changes nothing, and only then', async () => {
    const flaky = (): Tool['run'] => {
      let tries = 0;
      return (args) => {
        runs.push(args['host'] as string);
        return (tries += 1) === 1 ? Promise.reject(DOWN) : Promise.resolve({ tries });
      };
    };
    expect(await call(executorOf(fetcher({ run: flaky() })), 'read')).toEqual({
      kind: 'result',
      value: { tries: 2 },
    });
    const effect = effectTool({ ...fetcher({ run: flaky() }), idempotency: 'key' });
    expect(await call(executorOf(effect), 'effect')).toMatchObject({
      kind: 'error',
      error: { code: 'http-failed' },
    });
    expect(runs).toEqual(['read', 'read', 'effect']);
  });

  it('is in trouble too where it answers that it is', async () => {
    const executor = executorOf(
      fetcher({
        isTroubled: (result) => (result as { status: number }).status >= 500,
        run: () => Promise.resolve({ status: 503 }),
      }),
    );
    for (let index = 0; index < FAILURES; index += 1)
      expect(await call(executor, 'down')).toMatchObject({ kind: 'result', value: { status: 503 } });
    expect(await call(executor, 'down')).toMatchObject({ kind: 'error', error: { code: 'unavailable' } });
  });

  it('is in no trouble where it says no', async () => {
    const executor = executorOf(
      fetcher({ run: () => Promise.reject(new ToolError('no-such-order', 'There is none')) }),
    );
    for (let index = 0; index < 3 * FAILURES; index += 1)
      expect(await call(executor, 'down')).toMatchObject({ kind: 'error', error: { code: 'no-such-order' } });
  });

  it('was surely not run when it was refused: a side effect is refused, not left to people', async () => {
    const effect = effectTool({ ...fetcher(), idempotency: 'unknown' });
    const executor = executorOf(effect);
    await fail(executor);
    const journal = new MemoryJournal();
    expect(await call(executor, 'down', { journal })).toMatchObject({
      kind: 'error',
      error: { code: 'unavailable' },
    });
    expect(journal.everything.map(({ type }) => type)).toEqual(['run.tool_started', 'run.tool_finished']);
  });

  it('may have been run before a crash: then a refusal says nothing, and the node tries again', async () => {
    const effect = effectTool({ ...fetcher(), idempotency: 'key' });
    const executor = executorOf(effect);
    await fail(executor);
    const journal = new MemoryJournal();
    await journal.append([
      {
        type: 'run.tool_started',
        data: {
          node_id: 'answer',
          call_id: `call_${calls + 1}`,
          tool: 'fetch',
          args: { host: 'down' },
          idempotency_key: 'key',
        },
      },
    ]);
    const refusal: unknown = await call(executor, 'down', { journal }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BatonError);
    expect(refusal).toMatchObject({ code: 'unavailable', retryable: true });
    expect(journal.everything.map(({ type }) => type)).toEqual(['run.tool_started']);
  });

  it('gets no more calls at once than its other side should bear', async () => {
    const open = Promise.withResolvers<{ status: number }>();
    const executor = executorOf(
      fetcher({ run: (args) => (runs.push(args['host'] as string), open.promise) }),
    );
    const many = Array.from({ length: 100 }, () => call(executor, 'slow'));
    expect(await Promise.race(many.slice(90))).toMatchObject({
      kind: 'error',
      error: { code: 'unavailable', message: 'fetch has too much to do at the moment' },
    });
    expect(runs).toHaveLength(16);
    open.resolve({ status: 200 });
    const outcomes = await Promise.all(many);
    expect(outcomes.filter((outcome) => outcome?.kind === 'result')).toHaveLength(80);
  });
});
