import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RunView } from '@baton/contracts';

import { runFile } from './run-file.js';

const ended: RunView = {
  run_id: 'run_1',
  workflow: { name: 'desk', version: 0 },
  conversation_id: null,
  approval_id: null,
  consultation_id: null,
  status: 'COMPLETED',
  sink: 'FINISH',
  output: { said: 'hello' },
  handover: null,
  error: null,
  usage: { input_tokens: 3, output_tokens: 2, cost_usd: '0.01' },
  steps: [{ id: 'ask', status: 'COMPLETED', attempts: 1, duration_ms: 12.34, output: 'hello' }],
  created_at: '2026-11-22T10:00:00.000Z',
  updated_at: '2026-11-22T10:00:00.000Z',
};

describe('npm run workflow -- run', () => {
  let baton: Server;
  let folder: string;
  let file: string;
  /** What the played Baton answers, in order, and what it was asked. */
  let answers: (readonly [number, unknown])[];
  let asked: { readonly call: string; readonly key: string | undefined; readonly body: string }[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-run-file-'));
    file = join(folder, 'desk.yaml');
    await writeFile(file, 'name: desk');
    baton = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const { method, url, headers } = request;
        asked.push({ call: `${method} ${url}`, key: headers.authorization, body });
        const [status, answer] = answers.shift() ?? [500, {}];
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => baton.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => baton.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    answers = [];
    asked = [];
  });

  const run = async (...args: string[]) => {
    const { port } = baton.address() as AddressInfo;
    let printed = '';
    let complained = '';
    const code = await runFile(
      args,
      { BATON_URL: `http://127.0.0.1:${port}`, BATON_API_KEY: 'k' },
      { print: (text) => (printed += text), complain: (text) => (complained += text) },
    );
    return { code, printed, complained };
  };

  it('runs the text of the file on the input, waits for the end and tells it', async () => {
    answers = [
      [202, { ...ended, status: 'RUNNING', sink: null, output: null, steps: [] }],
      [200, ended],
    ];
    const { code, printed } = await run(file, '--input', '{"a": 1}', '--message', 'hi');
    expect(asked.map(({ call }) => call)).toEqual([
      'POST /api/v1/workflows/execute',
      'GET /api/v1/runs/run_1',
    ]);
    expect(asked[0]?.key).toBe('Bearer k');
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      definition: 'name: desk',
      input_data: { a: 1, message: 'hi' },
    });
    expect(code).toBe(0);
    expect(printed).toBe(`desk: COMPLETED by FINISH (run_1)
  ask  completed      12.3 ms  "hello"
  3 + 2 tokens, 0.01 USD
output: {
  "said": "hello"
}
`);
  });

  it('tells a handover, and a failure with its code and a bad end', async () => {
    answers = [
      [200, { ...ended, sink: 'HANDOVER', output: null, handover: { reason: 'failure', note: 'Oh' } }],
    ];
    expect(await run(file)).toMatchObject({
      code: 0,
      printed: expect.stringContaining('handover: failure: Oh'),
    });
    const error = { code: 'no-sink', message: 'The run reached no sink', node_id: null };
    answers = [[200, { ...ended, status: 'FAILED', sink: null, output: null, error }]];
    expect(await run(file)).toMatchObject({
      code: 1,
      printed: expect.stringContaining('error: no-sink at the run: The run reached no sink'),
    });
  });

  it('tells what is wrong with the file by its lines, and with the input by its paths', async () => {
    const errors = [
      { path: 'nodes.a', line: 3, column: 5, message: 'is missing' },
      { path: 'input_data.message', message: 'is required' },
    ];
    answers = [[400, { detail: 'The workflow is not valid', errors }]];
    expect(await run(file)).toEqual({
      code: 1,
      printed: '',
      complained: `The workflow is not valid\n${file}:3:5: nodes.a: is missing\ninput_data.message: is required\n`,
    });
  });

  it('says how it is used, and that no Baton is there', async () => {
    for (const args of [[], [file, file], [file, '--input', '{'], [file, '--colour', 'red']])
      expect(await run(...args)).toMatchObject({
        code: 2,
        complained: expect.stringContaining('-- run <file>'),
      });
    const voice = { print: () => undefined, complain: () => undefined };
    await expect(runFile([file], { BATON_URL: 'http://127.0.0.1:1' }, voice)).rejects.toThrow(
      'No Baton answers at http://127.0.0.1:1',
    );
  });
});
