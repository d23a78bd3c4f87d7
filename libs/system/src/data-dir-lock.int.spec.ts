import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { identityOf } from '@baton/testkit';

import { lockDataDir } from './data-dir-lock.js';

describe('the lock of a data directory', () => {
  let dataDir: string;
  const lockFile = (): string => join(dataDir, 'running.json');

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'baton-lock-'));
  });

  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('is held by one, named to the next, and free again once released', async () => {
    const lock = await lockDataDir(dataDir);
    await expect(lockDataDir(dataDir)).rejects.toThrow(`process ${process.pid}`);
    lock.release();
    (await lockDataDir(dataDir)).release();
  });

  it('is taken over from a run that was killed, even where its pid is another program now', async () => {
    writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, startedAt: 'another day' }));
    const lock = await lockDataDir(dataDir);
    expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toEqual(await identityOf(process.pid));
    lock.release();
  });

  it('is taken over when a crash cut it short', async () => {
    writeFileSync(lockFile(), '{"pid": 12');
    (await lockDataDir(dataDir)).release();
  });

  it('goes to exactly one of many who find it stale at the same time', async () => {
    writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, startedAt: 'another day' }));
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockDataDir(dataDir)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not released by one who has lost it', async () => {
    const lock = await lockDataDir(dataDir);
    const others = JSON.stringify({ pid: 1, startedAt: 'now' });
    writeFileSync(lockFile(), others);
    lock.release();
    expect(readFileSync(lockFile(), 'utf8')).toBe(others);
  });
});
