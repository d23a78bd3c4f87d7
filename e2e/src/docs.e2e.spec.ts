import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type RunningBaton, startBaton } from '@baton/system';

import { Api } from './api.js';

const exec = promisify(execFile);

/** The shell blocks of a page, in order, as one script: what a reader pastes. */
const scriptOf = async (page: string): Promise<string> => {
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);
  return blocks.filter((block) => !/npm (ci|run (?!-s workflow)|start)|grep /.test(block)).join('\n');
};

describe('what a page says', () => {
  let baton: RunningBaton;
  let home: string;
  let api: Api;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'baton-docs-'));
    baton = await startBaton();
    // The first turn pays for the model's start: a reader's machine has less to do than the one that runs all tests.
    api = new Api(baton.url, baton.apiKey);
    await api.say('warm', 'How long do I have to return an item?', { wait: 0 });
    await api.state('warm', 'FINISHED', 120_000);
  }, 240_000);
  afterAll(async () => {
    await baton.stop();
    await rm(home, { recursive: true, force: true });
  });

  it.each([
    'README.md',
    'docs/frontend.md',
    'docs/staff.md',
    'docs/webhooks.md',
    'docs/workflows.md',
    'docs/agents.md',
    'docs/tools.md',
  ])(
    '%s is true when followed',
    async (page) => {
      const script = (await scriptOf(page)).replaceAll('http://127.0.0.1:3000', baton.url);
      expect(script).toContain('curl');
      // -e and pipefail: the first call that does not answer well ends the page.
      const { stdout } = await exec(
        'bash',
        ['-euo', 'pipefail', '-c', script.replaceAll('curl -s ', 'curl -sf ')],
        {
          timeout: 120_000,
          // What a page writes goes where its reader would have it, and nowhere else.
          env: { ...process.env, HOME: home, BATON_URL: baton.url },
        },
      );
      expect(stdout).not.toContain('urn:baton:problem');
      if (page === 'README.md') {
        expect(stdout).toContain('"state":"FINISHED"');
        expect(stdout).toContain('"state":"PENDING_HUMAN"');
        // Whoever follows the next page is not to be offered what this one left waiting.
        await api.post('/api/v1/hil/resolve/demo-1', { outcome: 'RESOLVED' });
      }
      if (page === 'docs/staff.md') {
        expect(stdout).toContain('"state":"HUMAN_ACTIVE"');
        expect(stdout).toContain('"state":"BACK_TO_AI"');
      }
      if (page === 'docs/workflows.md') {
        expect(stdout).toContain('output: "Order 1001 is shipped."');
        expect(stdout).toMatch(/output: ".*30 days/);
        expect(stdout).toContain('order_desk: COMPLETED by HANDOVER');
        expect(stdout).toContain('flowchart TD');
        expect(stdout).toContain('"content":"Order 1001 is shipped."');
        expect(stdout).toContain('"output":"Order 1002 is delivered."');
        expect(stdout).toMatch(
          /"name":"order_desk","version":2.*"workflow":{"name":"order_desk","version":1}/s,
        );
        expect(stdout).toMatch(/"version":1,"digest":"[^"]*","description".*"yaml":"[^]*delete: 409/);
      }
      if (page === 'docs/agents.md') {
        expect(stdout).toContain('"type":"reasoning"');
        expect(stdout).toMatch(/"output":"[^"]*30 days/);
        expect(stdout).toContain('"output":{"feeling":"positive"}');
      }
    },
    150_000,
  );
});
