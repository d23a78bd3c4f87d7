import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { waitFor } from '@baton/testkit';

import { BubblewrapDriver } from '../bubblewrap/bubblewrap.driver.js';
import { DEFAULT_LIMITS, type DriverName, type Language, type SandboxDriver } from '../sandbox.js';
import { containmentTable, columnOf } from './containment-table.js';
import { type EscapeAttempt, faultOf, type Outside } from './escape-attempt.js';
import { reachAttempts } from './reach-attempts.js';
import { RESOURCE_ATTEMPTS } from './resource-attempts.js';
import { type CheckedDriver, checkedDrivers } from './sandbox-drivers.fixture.js';

const DOCS = new URL('../../../../../docs/sandbox.md', import.meta.url);
const BEGIN = '<!-- containment: written by services/orchestrator/src/sandbox/conformance -->';
const END = '<!-- /containment -->';

const secret = randomBytes(16).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'baton-outside-'));
chmodSync(folder, 0o755);
const file = join(folder, 'secret.txt');
let server: Server;
let connections = 0;
let outside: Outside;
let drivers: readonly CheckedDriver[];
const never = new AbortController().signal;

const allAttempts = (): readonly EscapeAttempt[] => [...RESOURCE_ATTEMPTS, ...reachAttempts(outside)];

beforeAll(async () => {
  writeFileSync(file, secret);
  process.env['BATON_CANARY'] = secret;
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  outside = { port, file, secret, pid: process.pid };
  drivers = await checkedDrivers();
}, 300_000);

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
  delete process.env['BATON_CANARY'];
});

const available = (name: DriverName): SandboxDriver | undefined => {
  const found = drivers.find(({ driver }) => driver.name === name);
  if (found?.availability.isAvailable) return found.driver;
  const reason = found && !found.availability.isAvailable ? found.availability.reason : 'there is none';
  process.stderr.write(`The ${name} sandbox is not tested here: ${reason}\n`);
  return undefined;
};

interface Tried {
  readonly attempt: EscapeAttempt;
  readonly language: Language;
  readonly fault: string | undefined;
}

const tryAll = async (
  driver: SandboxDriver,
  languages: readonly Language[],
  attempts = allAttempts(),
): Promise<readonly Tried[]> => {
  const waiting = attempts.flatMap((attempt) =>
    languages.flatMap((language) => {
      const code = attempt.programs[language];
      return code === undefined ? [] : [{ attempt, language, code }];
    }),
  );
  const tried: Tried[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { attempt, language, code } = next;
      const limits = { ...DEFAULT_LIMITS, wallMs: 20_000, ...attempt.limits };
      const result = await driver.run({ language, code }, limits, never);
      tried.push({ attempt, language, fault: faultOf(attempt, result, outside) });
    }
  };
  await Promise.all([work(), work(), work()]);
  return tried;
};

const faultsOf = (tried: readonly Tried[]): readonly string[] =>
  tried.flatMap(({ attempt, language, fault }) =>
    fault === undefined ? [] : [`${attempt.name} (${language}): ${fault}`],
  );

/** Processes of this machine that a sandbox of ours may have left. */
const strays = async (): Promise<string[]> => {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('/opt/node') || line.includes(`baton-${process.pid}-`)) found.push(`${pid} ${line}`);
  }
  return found;
};

describe.each(['gvisor', 'bubblewrap', 'docker', 'quickjs'] as const)('the %s sandbox', (name) => {
  it('contains every attempt to escape, says so, and leaves the service as it was', async () => {
    const driver = available(name);
    if (!driver) return;
    const availability = await driver.check();
    if (!availability.isAvailable) throw new Error(availability.reason);
    const tried = await tryAll(driver, availability.languages);

    expect(faultsOf(tried)).toEqual([]);
    expect(tried.length).toBeGreaterThanOrEqual(25);
    expect(connections).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(secret);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    await waitFor(async () => (await strays()).length === 0, {
      what: 'the end of everything that ran in the sandbox',
      timeoutMs: 60_000,
    });
    const sane = await driver.run(
      { language: 'javascript', code: 'console.log(6 * 7)' },
      { ...DEFAULT_LIMITS, wallMs: 60_000 },
      never,
    );
    expect(sane).toMatchObject({ end: { kind: 'exited', code: 0 }, stdout: '42\n', stderr: '', files: [] });

    const contained = new Map<string, Language[]>();
    for (const { attempt, language } of tried)
      contained.set(attempt.name, [...(contained.get(attempt.name) ?? []), language].sort());
    expectInDocs(name, contained);
  }, 600_000);
});

it('the bubblewrap sandbox holds each process where the machine lets us make no control group', async () => {
  if (!available('bubblewrap')) return;
  const driver = new BubblewrapDriver('/there/is/no/such/folder');
  const availability = await driver.check();
  if (!availability.isAvailable) throw new Error(availability.reason);
  expect(availability.version).toContain('no cgroup');
  const tried = await tryAll(driver, availability.languages, RESOURCE_ATTEMPTS);
  expect(faultsOf(tried)).toEqual([]);
  await waitFor(async () => (await strays()).length === 0, {
    what: 'the end of everything that ran in the sandbox',
    timeoutMs: 60_000,
  });
}, 300_000);

/** With BATON_WRITE_DOCS the page is written anew, one driver's column after the other. */
const columns = new Map<DriverName, Map<string, Language[]>>();
const expectInDocs = (name: DriverName, contained: Map<string, Language[]>): void => {
  columns.set(name, contained);
  const text = readFileSync(DOCS, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const [table = '', after = ''] = rest.split(END);
  const fresh = containmentTable(allAttempts(), [...columns.keys()], columns);
  if (process.env['BATON_WRITE_DOCS'] !== undefined)
    writeFileSync(DOCS, `${before}${BEGIN}\n\n${fresh}\n\n${END}${after}`);
  else expect([...columnOf(table, name)]).toEqual([...columnOf(fresh, name)]);
};
