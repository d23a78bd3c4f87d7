import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { jest } from '@jest/globals';
import { identityOf } from '@baton/testkit';

import { startBaton, type RunningBaton } from './start-baton.js';
import { makeSystemTemplate } from './system-template.js';

const ask = async (
  { url, apiKey }: RunningBaton,
  conversationId: string,
): Promise<Record<string, unknown>> => {
  const response = await fetch(`${url}/api/v1/hil/message`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json', Prefer: 'wait=30' },
    body: JSON.stringify({
      conversation_id: conversationId,
      message: 'How long do I have to return an item?',
      sender_type: 'user',
    }),
  });
  return (await response.json()) as Record<string, unknown>;
};

const statusOf = async ({ url, apiKey }: RunningBaton, conversationId: string): Promise<number> => {
  const headers = { Authorization: `Bearer ${apiKey}` };
  return (await fetch(`${url}/api/v1/conversations/${conversationId}`, { headers })).status;
};

/** `npm test` makes one for all. */
const TEMPLATE = process.env['BATON_SYSTEM_TEMPLATE'];

// A busy machine takes its time to start eight processes.
jest.setTimeout(180_000);

describe('startBaton', () => {
  it('gives each test a whole system of its own, with its own key', async () => {
    const [one, two] = await Promise.all([
      startBaton({ env: { BATON_API_KEY: 'key-of-one' } }),
      startBaton({ env: { BATON_API_KEY: 'key-of-two' } }),
    ]);
    try {
      expect(await ask(one, 'conv_1')).toMatchObject({ status: 'COMPLETED' });
      expect(await statusOf(one, 'conv_1')).toBe(200);
      expect(await statusOf(two, 'conv_1')).toBe(404);
      expect(await statusOf({ ...two, apiKey: one.apiKey }, 'conv_1')).toBe(401);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  });

  it('takes the database that is migrated already, lets a test kill a service and bring it back, and leaves nothing behind', async () => {
    const own = mkdtempSync(join(tmpdir(), 'baton-template-'));
    if (TEMPLATE === undefined) {
      process.env['BATON_SYSTEM_TEMPLATE'] = own;
      await makeSystemTemplate(own);
    }
    const said: string[] = [];
    const baton = await startBaton({ restartDead: false, say: (line) => said.push(line) });
    const { orchestrator } = baton.services;
    try {
      expect(said).toContain('The database schemas are as they were');
      orchestrator.kill('SIGKILL');
      await orchestrator.restart();
      expect(await ask(baton, 'conv_2')).toMatchObject({ status: 'COMPLETED' });
      expect(baton.logs('orchestrator')).toContain('baton-orchestrator is ready');
    } finally {
      const { pid } = orchestrator;
      await baton.stop();
      if (TEMPLATE === undefined) delete process.env['BATON_SYSTEM_TEMPLATE'];
      rmSync(own, { recursive: true });
      expect(await identityOf(pid)).toBeUndefined();
      expect(existsSync(baton.dataDir)).toBe(false);
    }
  });
});
