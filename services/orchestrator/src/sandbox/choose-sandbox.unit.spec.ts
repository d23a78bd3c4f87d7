import { chooseSandbox } from './choose-sandbox.js';
import { ChosenSandbox } from './chosen-sandbox.js';
import { type Availability, DEFAULT_LIMITS, type DriverName, type SandboxDriver } from './sandbox.js';

const driver = (name: DriverName, availability: Availability): SandboxDriver & { checks: number } => ({
  name,
  checks: 0,
  check() {
    this.checks += 1;
    return Promise.resolve(availability);
  },
  run: () => Promise.reject(new Error('not here')),
});
const able: Availability = { isAvailable: true, version: '1', languages: ['javascript'] };
const unable = (reason: string): Availability => ({ isAvailable: false, reason });

describe('which sandbox is taken', () => {
  it('is the first that proves itself; those before it are told of', async () => {
    const later = driver('quickjs', able);
    const choice = await chooseSandbox(
      [driver('gvisor', unable('no runsc')), driver('bubblewrap', able), later],
      DEFAULT_LIMITS,
    );
    expect(choice).toMatchObject({
      sandbox: { driver: 'bubblewrap', languages: ['javascript'], limits: DEFAULT_LIMITS },
      passedOver: [{ driver: 'gvisor', reason: 'no runsc' }],
    });
    expect(later.checks).toBe(0);
  });

  it('is the one that is asked for, or none: never a weaker one instead', async () => {
    const weaker = driver('quickjs', able);
    const forced = await chooseSandbox(
      [driver('gvisor', unable('no runsc')), weaker],
      DEFAULT_LIMITS,
      'gvisor',
    );
    expect(forced).toEqual({ sandbox: null, reason: 'No sandbox can run here: gvisor: no runsc' });
    expect(weaker.checks).toBe(0);
    expect(await chooseSandbox([weaker], DEFAULT_LIMITS, 'quickjs')).toMatchObject({
      sandbox: { driver: 'quickjs' },
    });
    expect(await chooseSandbox([weaker], DEFAULT_LIMITS, 'none')).toMatchObject({ sandbox: null });
  });

  it('runs no language that it has not', async () => {
    const { sandbox } = await chooseSandbox([driver('quickjs', able)], DEFAULT_LIMITS);
    const signal = new AbortController().signal;
    await expect(sandbox?.run({ language: 'python', code: '' }, signal)).rejects.toMatchObject({
      code: 'sandbox-unavailable',
    });
  });

  it('is looked for once, and a search that fails is none found', async () => {
    const said: unknown[] = [];
    let searches = 0;
    const chosen = new ChosenSandbox(
      () => {
        searches += 1;
        return Promise.reject(new Error('the search broke'));
      },
      (choice) => said.push(choice),
    );
    expect(await Promise.all([chosen.choice(), chosen.choice()])).toEqual([
      { sandbox: null, reason: 'the search broke' },
      { sandbox: null, reason: 'the search broke' },
    ]);
    expect([searches, said.length]).toEqual([1, 1]);
  });
});
