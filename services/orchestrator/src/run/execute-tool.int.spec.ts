import { BatonError, workflowRequests as requests } from '@baton/contracts';

import { ToolRegistry } from '../tool/tool-registry.js';
import { ToolError } from '../tool/tool.js';
import { readTool } from '../tool/testing/node-scope.fixture.js';
import { OrchestratorFixture } from './testing/orchestrator.fixture.js';

describe('one call of a tool alone', () => {
  let fixture: OrchestratorFixture;
  beforeAll(async () => {
    fixture = await OrchestratorFixture.start();
    const app = await fixture.boot();
    const seen = (name: string, more = {}) =>
      readTool({ name, inputSchema: { type: 'object' }, run: (args) => Promise.resolve(args), ...more });
    const fails = (name: string, error: Error, more = {}) =>
      seen(name, { run: () => Promise.reject(error), ...more });
    const tools = [
      seen('odd.echo'),
      fails('odd.refuse', new ToolError('sold-out', 'It is sold out')),
      fails('odd.open', new Error('a stranger'), { idempotency: 'unknown' }),
      fails('odd.down', new BatonError('unavailable', 'It is down')),
      fails('odd.cut', new ToolError('not-connected', 'Nobody has connected it'), {
        isConnected: () => Promise.resolve(false),
      }),
    ];
    app.get(ToolRegistry).add({
      name: 'odd',
      serves: (tenant) => tenant === 'default',
      tools: () => Promise.resolve(tools),
      mayHave: () => true,
      standIn: () => undefined,
      close: () => Promise.resolve(),
    });
  }, 120_000);
  afterAll(() => fixture.stop());

  const execute = async (name: string, args: unknown, tenant_id = 'default') =>
    (await fixture.ask(requests.executeTool, { name, args, wait_ms: 60_000 }, { tenant_id })).result;

  it('gets its arguments as they are, whatever they are', async () => {
    const args = {
      none: [],
      one: [1],
      deep: [[['x']], { y: [] }],
      nothing: null,
      'a "key" with {{ braces }} and \\': '{{ $eval("1") }}',
      '': false,
      text: '{{ input }}',
    };
    expect(await execute('odd.echo', args)).toMatchObject({ status: 'COMPLETED', result: args });
    expect((await execute('odd.echo', {})).result).toEqual({});
  });

  it('says what it came to', async () => {
    const code = (name: string, tenant?: string): Promise<unknown> =>
      execute(name, {}, tenant).catch((error: unknown) => [
        (error as BatonError).code,
        (error as BatonError).message,
      ]);
    expect(await code('odd.refuse')).toEqual(['tool-refused', 'It is sold out']);
    expect(await code('odd.open')).toEqual(['tool-failed', expect.stringContaining('a person should look')]);
    expect(await code('odd.down')).toEqual(['unavailable', 'It is down']);
    expect(await code('odd.cut')).toEqual(['conflict', expect.stringContaining('is not connected')]);
    // Another tenant has no such tool.
    expect(await code('odd.echo', 'other')).toEqual(['not-found', 'There is no tool "odd.echo"']);
    expect(await execute('conversation.handover', { reason: 'explicit_request' })).toMatchObject({
      status: 'COMPLETED',
      result: null,
    });
  });
});
