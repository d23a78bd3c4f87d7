import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findCheckout, type RunningBaton, startBaton } from '@baton/system';

import { Api } from './api.js';

const exec = promisify(execFile);
const CHECKOUT = findCheckout();

/** The shell blocks of a page, in order, as one script: what a reader pastes. */
const scriptOf = (page: string): string => {
  const text = readFileSync(join(CHECKOUT, page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);
  return blocks.filter((block) => !/npm (ci|run (?!-s workflow)|start|test)|grep -h /.test(block)).join('\n');
};

/** Those that build on nothing first; then every other page that has something to follow: a new one is found by itself. */
const FIRST = ['README.md', 'docs/frontend.md', 'docs/staff.md'];
const PAGES = [
  ...FIRST,
  ...globSync('docs/*.md', { cwd: CHECKOUT })
    .sort()
    .filter((page) => !FIRST.includes(page) && scriptOf(page).includes('curl')),
];

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

  it('is found on every page that is to be followed', () => {
    for (const name of [
      'agents',
      'memory',
      'models',
      'oauth',
      'operations',
      'routing',
      'streams',
      'tools',
      'webhooks',
      'workflows',
    ])
      expect(PAGES).toContain(`docs/${name}.md`);
  });

  it.each(PAGES)(
    '%s is true when followed',
    async (page) => {
      const script = scriptOf(page).replaceAll('http://127.0.0.1:3000', baton.url);
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
      if (page === 'docs/approvals.md') {
        expect(stdout).toMatch(/"kind":"tool".*"status":"PENDING"/s);
        expect(stdout).toMatch(/"status":"EDITED".*"refunds":\[\{"amount":60/s);
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
      if (page === 'docs/memory.md') expect(stdout).toMatch(/"items":\[{"memory_id".*return/s);
      if (page === 'docs/models.md') expect(stdout).toMatch(/"model":"extractive"|offline\/extractive/);
      if (page === 'docs/routing.md') {
        expect(stdout).toContain('"required_skills":{"billing":3}');
        expect(stdout).toContain('"state":"BACK_TO_AI"');
      }
      if (page === 'docs/streams.md') expect(stdout).toMatch(/"ticket":"[\w-]{43}","expires_in":30.*id: /s);
      if (page === 'docs/operations.md') {
        expect(stdout).toContain('"status":"ok"');
        expect(stdout).toContain('baton_http_request_seconds_count{');
      }
    },
    150_000,
  );

  it.each([
    [
      'docs/agents.md',
      (block: string) =>
        `name: shown\nnodes:\n${indented(block)}  done: { type: sink, sink: FINISH, needs: [answer], reply: ok }\n`,
    ],
    [
      'docs/memory.md',
      (block: string) => `name: shown\n${block}nodes:\n  done: { type: sink, sink: FINISH, reply: ok }\n`,
    ],
  ])('%s shows parts of workflows that a workflow takes', async (page, whole) => {
    const text = readFileSync(join(CHECKOUT, page), 'utf8');
    const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      const { body } = await api.call('POST', '/api/v1/workflows/validate', whole(block), {
        'content-type': 'application/yaml',
      });
      expect({ block, body }).toMatchObject({ body: { valid: true, errors: [] } });
    }
  });
});

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');
