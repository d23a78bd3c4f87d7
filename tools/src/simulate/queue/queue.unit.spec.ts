import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findCheckout } from '@baton/system';

import { simulateQueue } from './command.js';
import { readPolicy, todaysPolicy } from './policy-file.js';
import { loadQueueCode, type QueueCode } from './queue-code.js';
import { runQueue } from './run.js';

const LOAD = { items: 1_500, seed: 3, staff: 12, perDay: 1_300 };

describe('a modelled day of the queue', () => {
  let code: QueueCode;
  beforeAll(async () => {
    code = await loadQueueCode();
  }, 60_000);

  const folder = mkdtempSync(join(tmpdir(), 'baton-policy-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('starves nobody, overloads nobody, gives nothing to two, and is the same for the same seed', async () => {
    const policy = todaysPolicy(code.DEFAULT_ASSIGNMENT_POLICY);
    const { measures, checks, digest } = await runQueue(code, policy, LOAD);
    expect(checks.violations).toEqual([]);
    expect(measures.all.count).toBe(LOAD.items);
    // A day on which nothing goes wrong proves nothing.
    for (const count of ['declined', 'missed', 'relaxation steps', 'SLA warnings'] as const) {
      expect(measures.counts.get(count)).toBeGreaterThan(0);
    }
    const [low, urgent] = [measures.byPriority.get('LOW'), measures.byPriority.get('URGENT')];
    expect(urgent?.at(0.9)).toBeLessThan(low?.at(0.9) ?? 0);
    expect((await runQueue(code, policy, LOAD)).digest).toBe(digest);
  }, 120_000);

  it.each<[string, (code: QueueCode) => QueueCode, RegExp]>([
    [
      'a choice that does not ask what an agent can',
      (real) => ({ ...real, chooseAgents: (item, online) => firstFree(real, item, online) }),
      /has not what it needs|after they declined/,
    ],
    [
      'an order that is the wrong way round',
      (real) => ({ ...real, rankAt: (item) => backwards(item.enqueued_at) }),
      /older and as urgent/,
    ],
  ])(
    'is refused with %s',
    async (_what, broken, said) => {
      const policy = todaysPolicy(code.DEFAULT_ASSIGNMENT_POLICY);
      const { checks } = await runQueue(broken(code), policy, { ...LOAD, items: 800 });
      expect(checks.violations.join('\n')).toMatch(said);
    },
    120_000,
  );

  it('reads the policy that the page about routing shows', () => {
    const page = readFileSync(join(findCheckout(), 'docs/routing.md'), 'utf8');
    const [, policy = ''] = /```yaml\n(name: [\s\S]*?)```/.exec(page) ?? [];
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, policy);
    expect(readPolicy(file, code.DEFAULT_ASSIGNMENT_POLICY)).toMatchObject({
      name: 'spare the experts',
      queue: { assignment: { fit: 'closest' } },
      routing: {
        relax: [
          { after_ms: 60_000, levels: -1 },
          { after_ms: 180_000, anyone: true },
        ],
      },
    });
  });

  it('sets two policies side by side, and says what is wrong in a file', async () => {
    const file = join(folder, 'closest.yaml');
    writeFileSync(
      file,
      'name: closest\nfit: closest\noffer: { parallel: 2, timeout: 20s }\nhead_start: { LOW: 5m }\n',
    );
    const said: string[] = [];
    const args = ['--items', '150', '--staff', '8', '--per-day', '600'];
    expect(await simulateQueue([...args, '--policy', file], (text) => said.push(text))).toBe(0);
    expect(said.join('\n')).toMatch(/today's: p50.*closest: p50/);
    expect(said.join('\n')).toMatch(/\| URGENT \|.*\n/);
    writeFileSync(file, 'fit: worst\n');
    await expect(simulateQueue(['--policy', file], () => undefined)).rejects.toThrow(
      /closest\.yaml.*\n?.*fit/s,
    );
    await expect(simulateQueue(['--items', 'many'], () => undefined)).rejects.toThrow('--items');
  }, 120_000);
});

const firstFree = (
  code: QueueCode,
  { offered_to, weight }: { readonly offered_to: readonly string[]; readonly weight: number },
  online: Iterable<Parameters<QueueCode['freeSlots']>[0]>,
) =>
  [...online]
    .filter((agent) => code.freeSlots(agent) >= weight && !offered_to.includes(agent.agent_id))
    .slice(0, 1);

const backwards = (instant: string): string => new Date(4e12 - Date.parse(instant)).toISOString();
