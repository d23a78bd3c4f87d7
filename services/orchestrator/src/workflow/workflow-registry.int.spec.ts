import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { conversationRequests, workflowRequests as requests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { BUILTIN_TOOL_NAMES } from '../tool/builtin/builtin-tool-names.js';
import { OrchestratorFixture } from '../run/testing/orchestrator.fixture.js';

const workflow = (name: string, reply: string, nodes = ''): string => `name: ${name}
description: Says ${reply}
nodes:
${nodes}  done: { type: sink, sink: FINISH, reply: "${reply}" }
`;

describe('the workflow registry', () => {
  let fixture: OrchestratorFixture;

  beforeAll(async () => {
    fixture = await OrchestratorFixture.start({
      'shared.yaml': workflow('shared', 'from the folder'),
      'customer_support.yaml': workflow('customer_support', 'hello'),
    });
    await fixture.boot();
  });
  afterAll(() => fixture?.stop());

  const put = (name: string, yaml: string, tenant_id = 'default') =>
    fixture.ask(requests.put, { name, yaml }, { tenant_id });
  const get = (name: string, tenant_id = 'default') => fixture.ask(requests.get, { name }, { tenant_id });
  const says = async (name: string, version?: number, tenant_id = 'default'): Promise<unknown> => {
    const body = { workflow_name: name, input_data: {}, wait_ms: 5000, ...(version && { version }) };
    return (await fixture.ask(requests.execute, body, { tenant_id })).result.output;
  };

  it('gives each change a new version, and the same content its old one', async () => {
    const first = await put('mine', workflow('mine', 'one'));
    expect(first).toMatchObject({ name: 'mine', version: 1, source: 'tenant', description: 'Says one' });
    expect(await put('mine', `# only a comment\n${workflow('mine', 'one')}`)).toMatchObject({
      version: 1,
      digest: first.digest,
    });
    expect(await put('mine', workflow('mine', 'two'))).toMatchObject({ version: 2 });
    expect(await put('mine', workflow('mine', 'one'))).toMatchObject({ version: 3, digest: first.digest });
    expect([await says('mine'), await says('mine', 2)]).toEqual(['one', 'two']);
    expect((await get('mine')).yaml).toContain('reply: "one"');
    const second = await fixture.ask(requests.get, { name: 'mine', version: 2 });
    expect([second.version, second.yaml]).toEqual([2, expect.stringContaining('reply: "two"')]);
    await expect(fixture.ask(requests.get, { name: 'mine', version: 9 })).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no version 9 of "mine"',
    });
  });

  it('refuses a workflow that is not valid with the place of each error, and one under another name', async () => {
    await expect(put('bad', 'name: bad\nnodes:\n  a: { type: loop }\n')).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ path: 'nodes.a.type', line: 3, column: 14 }],
    });
    await expect(put('other', `# x\n${workflow('mine', 'one')}`)).rejects.toMatchObject({
      errors: [{ path: 'name', line: 2 }],
    });
    const { valid, errors } = await fixture.ask(requests.validate, { yaml: 'name: x\n' });
    expect([valid, errors[0]?.path]).toEqual([false, 'nodes']);
    expect(await fixture.ask(requests.validate, { yaml: workflow('x', 'y') })).toEqual({
      valid: true,
      errors: [],
    });
  });

  it("lets a tenant's own hide the folder's, for that tenant only, until it is deleted", async () => {
    expect(await put('shared', workflow('shared', 'from alpha'), 'alpha')).toMatchObject({ version: 2 });
    expect(await says('shared', undefined, 'alpha')).toBe('from alpha');
    expect(await says('shared', 1, 'alpha')).toBe('from the folder');
    expect(await says('shared', undefined, 'beta')).toBe('from the folder');
    expect((await get('shared', 'beta')).source).toBe('builtin');
    await fixture.ask(requests.delete, { name: 'shared' }, { tenant_id: 'alpha' });
    expect(await says('shared', undefined, 'alpha')).toBe('from the folder');
  });

  it("does not delete the folder's, nor what nobody has, nor what is in use", async () => {
    await expect(fixture.ask(requests.delete, { name: 'shared' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(fixture.ask(requests.delete, { name: 'nothing' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await put('used', workflow('used', 'hi'));
    await fixture.ask(conversationRequests.receiveMessage, {
      conversation_id: 'conv_used',
      turn_id: 't-1',
      message: 'hello',
      sender_type: 'user',
      workflow_name: 'used',
    });
    await expect(fixture.ask(requests.delete, { name: 'used' })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('pages through what a tenant sees, by name, each once', async () => {
    await put('shared', workflow('shared', 'again'), 'gamma');
    await put('extra', workflow('extra', 'x'), 'gamma');
    const first = await fixture.ask(requests.list, { limit: 2 }, { tenant_id: 'gamma' });
    expect(first.items.map(({ name, source }) => [name, source])).toEqual([
      ['customer_support', 'builtin'],
      ['extra', 'tenant'],
    ]);
    const cursor = first.next_cursor as string;
    const rest = await fixture.ask(requests.list, { limit: 2, cursor }, { tenant_id: 'gamma' });
    expect(rest.items.map(({ name, source }) => [name, source])).toEqual([['shared', 'tenant']]);
    expect(rest.next_cursor).toBeNull();
  });

  it('follows the folder: a changed file is a new version, a bad one changes nothing, one that is gone is no longer offered', async () => {
    const file = join(fixture.workflowsDir, 'hot.yaml');
    const save = async (yaml: string): Promise<void> => {
      await writeFile(`${file}.tmp`, yaml);
      await rename(`${file}.tmp`, file);
    };
    const version = async (): Promise<number | undefined> =>
      (await get('hot').catch(() => undefined))?.version;
    await save(workflow('hot', 'one'));
    await waitFor(async () => (await version()) === 1, { what: 'the new file' });
    await save(workflow('hot', 'two'));
    await waitFor(async () => (await version()) === 2, { what: 'the changed file' });
    await save('name: hot\nnodes: 5\n');
    await writeFile(join(fixture.workflowsDir, 'beside.yaml'), workflow('beside', 'x'));
    await waitFor(async () => (await get('beside').catch(() => undefined))?.version === 1, {
      what: 'the file beside the bad one',
    });
    expect(await version()).toBe(2);
    await rm(file);
    await waitFor(async () => (await version()) === undefined, { what: 'the end of the offer' });
    expect(await says('hot', 2)).toBe('two');
  });

  it('lists every tool that a workflow may name, with its schema and tier', async () => {
    const { items, next_cursor } = await fixture.ask(requests.listTools, { limit: 200 });
    expect(next_cursor).toBeNull();
    expect(new Set(items.map(({ name }) => name))).toEqual(BUILTIN_TOOL_NAMES);
    expect(items.map(({ name, risk_tier }) => [name, risk_tier])).toEqual([
      ['conversation.handover', 'LOW'],
      ['http.request', 'MEDIUM'],
      ['knowledge.search', 'LOW'],
      ['memory.search', 'LOW'],
      ['orders.lookup', 'LOW'],
      ['orders.refund', 'HIGH'],
    ]);
  });
});
