import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { findCheckout, type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';
import { launchBrowser } from '@baton/testkit/browser';
import type { Browser, Page } from 'playwright-core';

import { Api } from './api.js';

const exec = promisify(execFile);
const QUESTION = 'How long do I have to return an item?';
const EXAMPLES = join(findCheckout(), 'clients/typescript/examples');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A page of somebody else's, on an origin of its own. */
const serve = async (folder: string): Promise<Server> => {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    const file = resolve(folder, `.${path === '/' ? '/index.html' : path}`);
    readFile(file).then(
      (content) => {
        const type = TYPES[/\.\w+$/.exec(file)?.[0] ?? ''] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type }).end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
};

describe('front-ends that are not ours', () => {
  let folder: string;
  let site: Server;
  let origin: string;
  let baton: RunningBaton;
  let browser: Browser;
  let api: Api;
  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    NODE_OPTIONS: '',
    BATON_URL: baton.url,
    BATON_API_KEY: baton.apiKey,
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-use-chat-'));
    const vite = join(findCheckout(), 'node_modules/vite/bin/vite.js');
    await exec(
      process.execPath,
      [vite, 'build', join(EXAMPLES, 'use-chat'), '--outDir', folder, '--emptyOutDir'],
      {
        env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
      },
    );
    site = await serve(folder);
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    browser = await launchBrowser();
    baton = await startBaton({ env: { BATON_ALLOWED_ORIGINS: origin } });
    api = new Api(baton.url, baton.apiKey);
    // The first turn pays for the model's start.
    await api.say('warm', QUESTION, { wait: 0 });
    await api.state('warm', 'FINISHED', 120_000);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await baton?.stop();
    site?.closeAllConnections();
    site?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const openChat = async (id: string): Promise<{ page: Page; errors: string[] }> => {
    const { body } = await api.post<{ token: string }>(`/api/v1/conversations/${id}/token`);
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${origin}/?${String(new URLSearchParams({ baton: baton.url, token: body.token, id }))}`);
    return { page, errors };
  };
  const say = async (page: Page, text: string): Promise<void> => {
    await page.getByLabel('Message').fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };

  it('talk through useChat: the answer as it is written, a hand-over as a part, a person, and the AI again', async () => {
    const ana = await api.agent('ana');
    const { page, errors } = await openChat('ui-1');
    const messages = page.locator('li');
    await say(page, QUESTION);
    await page.locator('li[data-role=assistant] p').filter({ hasText: '30 days' }).waitFor();
    await page.getByText('ready FINISHED').waitFor();

    await say(page, 'I want to talk to a person');
    await page.getByText('A person is on the way: explicit_request').waitFor();
    const { offer_id } = await ana.offer('ana', 'ui-1', 90_000);
    expect((await ana.post(`/api/v1/offers/${offer_id}/accept`)).status).toBe(200);
    const answer = (message: string) =>
      ana.post('/api/v1/hil/message', { conversation_id: 'ui-1', message, sender_type: 'human_agent' });
    await answer('Ana here.');
    await messages.filter({ hasText: 'Ana here.' }).waitFor();
    await say(page, 'Hello Ana');
    await waitFor(async () => (await api.messages('ui-1')).some(({ content }) => content === 'Hello Ana'), {
      what: 'Ana to be spoken to',
      timeoutMs: 60_000,
    });
    await answer('What can I do for you?');
    await messages.filter({ hasText: 'What can I do for you?' }).waitFor();
    await api.post('/api/v1/hil/resolve/ui-1', { outcome: 'BACK_TO_AI' });
    await page.getByText('ready BACK_TO_AI').waitFor();
    await say(page, QUESTION);
    await waitFor(async () => (await messages.filter({ hasText: '30 days' }).count()) === 2, {
      what: 'the AI to answer again',
      timeoutMs: 60_000,
    });
    // Each once, and none empty.
    const shown = (await messages.allTextContents()).filter((text) => /Ana|What can/.test(text));
    expect(shown).toEqual(['Ana here.', 'Hello Ana', 'What can I do for you?']);
    expect(errors).toEqual([]);
    await page.close();
  }, 300_000);

  it('speak the UI message stream, version 1, to whoever asks', async () => {
    const body = {
      id: 'ui-2',
      trigger: 'submit-message',
      messages: [{ id: 'm-1', role: 'user', parts: [{ type: 'text', text: QUESTION }] }],
    };
    const ask = async (): Promise<string[]> => {
      const response = await fetch(`${baton.url}/api/v1/ui/chat`, {
        method: 'POST',
        headers: { authorization: `Bearer ${baton.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      return (await response.text())
        .split('\n\n')
        .filter((text) => text.startsWith('data: '))
        .map((text) => text.slice('data: '.length));
    };
    const first = await ask();
    expect(first.at(-1)).toBe('[DONE]');
    const chunks = first.slice(0, -1).map((text) => JSON.parse(text) as { type: string; delta?: string });
    expect(chunks[0]).toEqual({ type: 'start', messageId: 'turn_1' });
    expect(chunks.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
    const textOf = (of: typeof chunks) =>
      of
        .slice(of.findLastIndex(({ type }) => type === 'text-start'))
        .reduce((text, { delta = '' }) => text + delta, '');
    const [, reply] = await api.messages('ui-2');
    expect(textOf(chunks)).toBe(reply?.content);
    // The same message again is the same turn, and its answer is told again.
    const again = (await ask())
      .slice(0, -1)
      .map((text) => JSON.parse(text) as { type: string; delta?: string });
    expect(textOf(again)).toBe(reply?.content);
    expect(await api.messages('ui-2')).toHaveLength(2);

    const resume = (id: string, query = '') =>
      fetch(`${baton.url}/api/v1/ui/chat/${id}/stream${query}`, {
        headers: { authorization: `Bearer ${baton.apiKey}` },
      });
    expect((await resume('ui-2')).status).toBe(204);
    expect((await resume('nobody-said-anything')).status).toBe(204);
    expect((await resume('ui-2', '?after=x')).status).toBe(400);
    for (const bad of [
      {},
      { messages: [] },
      { messages: [{ role: 'user', parts: [{ type: 'text', text: ' ' }] }] },
    ])
      expect((await api.post('/api/v1/ui/chat', bad)).status).toBe(400);
  }, 200_000);

  it('use the client from Node: the examples do what they say', async () => {
    const talk = await exec(process.execPath, [join(EXAMPLES, 'talk.ts'), QUESTION], {
      env: env(),
      timeout: 120_000,
    });
    expect(talk.stdout).toMatch(/\nanswer: .*30 days/);
    expect(talk.stdout).toMatch(/^PENDING_HUMAN: ho_\S+, number \d+ in the queue$/m);
    expect(talk.stderr).toContain('[open]');

    const desk = spawn(process.execPath, [join(EXAMPLES, 'staff.ts')], {
      env: env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    desk.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    desk.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await waitFor(() => output.includes('[open]'), {
      what: `the desk to open: ${output}`,
      timeoutMs: 60_000,
    });
    await api.call('PUT', '/api/v1/human-agents/ana/presence', { status: 'OFFLINE' });
    await api.say('greeted', 'I want to talk to a person', { wait: 0 });
    await waitFor(() => output.includes('done'), { what: 'the greeting', timeoutMs: 90_000 });
    expect(output).toContain('accepted greeted');
    expect((await api.messages('greeted')).map(({ content }) => content)).toContain('A person here!');
  }, 300_000);
});
