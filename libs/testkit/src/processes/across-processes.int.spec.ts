import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { acrossProcesses } from './across-processes.js';

describe('work of one name on one machine', () => {
  const name = `spec-${process.pid}`;
  const lock = join(tmpdir(), `baton-${name}.lock`);

  it('is done one piece at a time, whoever asks, and one that fails fails alone', async () => {
    let atWork = 0;
    let most = 0;
    const piece = async (index: number): Promise<number> => {
      most = Math.max(most, (atWork += 1));
      await turn();
      atWork -= 1;
      if (index === 1) throw new Error('no');
      return index;
    };
    const results = await Promise.allSettled(
      [0, 1, 2].map((index) => acrossProcesses(name, () => piece(index))),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  it('is taken over from a process that died in the middle of it', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(pid));
    expect(await acrossProcesses(name, () => Promise.resolve('done'))).toBe('done');
    mkdirSync(lock);
    utimesSync(lock, 0, 0);
    expect(await acrossProcesses(name, () => Promise.resolve('done again'))).toBe('done again');
  });
});
