import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findBinary } from './find-binary.js';
import { installServer } from './install-server.js';

/** A folder that stands for a whole system: only the programs that a test puts there exist. */
describe('installServer', () => {
  let folder: string;
  const said: string[] = [];
  const options = (isRoot: boolean) => ({
    folders: [folder],
    isRoot,
    say: (line: string) => said.push(line),
  });

  const program = async (name: string, script: string): Promise<void> => {
    await writeFile(join(folder, name), `#!/bin/sh\ncd "${folder}"\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  };

  const APT = 'echo "$@" >> calls; if [ "$1" = install ]; then echo > "$4"; chmod +x "$4"; fi';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-install-'));
    said.length = 0;
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('installs with the package manager that is there, and tells each command', async () => {
    await program('apt-get', APT);
    await expect(installServer('nats-server', options(true))).resolves.toBe(join(folder, 'nats-server'));
    expect((await readFile(join(folder, 'calls'), 'utf8')).split('\n')).toEqual([
      'update',
      'install --yes --no-install-recommends nats-server',
      '',
    ]);
    expect(said.filter((line) => line.startsWith('running: '))).toHaveLength(2);
  });

  it('asks sudo for root where that costs no password', async () => {
    await program('apt-get', APT);
    await program('sudo', 'shift; exec "$@"');
    await expect(installServer('redis-server', options(false))).resolves.toBe(join(folder, 'redis-server'));
  });

  it('never waits for a password: says what else helps', async () => {
    await program('apt-get', APT);
    await program('sudo', 'echo "a password is required" >&2; exit 1');
    const failure = installServer('nats-server', options(false));
    await expect(failure).rejects.toThrow('sudo asks for a password');
    await expect(failure).rejects.toThrow('sudo apt-get install nats-server');
    await expect(failure).rejects.toThrow('set NATS_URL');
    expect(findBinary('nats-server', [folder])).toBeUndefined();
  });

  it('says what the package manager said when that fails', async () => {
    await program('apt-get', 'echo "Unable to fetch some archives" >&2; exit 100');
    await expect(installServer('redis-server', options(true))).rejects.toThrow(
      /apt-get update" ended with 100: Unable to fetch some archives[^]*brew install redis/,
    );
  });

  it('names the package managers it knows when there is none', async () => {
    await expect(installServer('nats-server', options(true))).rejects.toThrow(
      'none of apt-get, dnf, apk, brew is here',
    );
  });

  it('runs one package manager at a time: they lock each other out', async () => {
    await program('apt-get', `mkdir lock || exit 1; ${APT}; sleep 0.05; rmdir lock`);
    await Promise.all([
      installServer('nats-server', options(true)),
      installServer('redis-server', options(true)),
    ]);
  });
});
