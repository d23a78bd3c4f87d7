import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SERVICE_NAMES, type ServiceName } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { watchSources } from './watch-sources.js';

describe('watching the sources', () => {
  let checkout: string;
  let watch: { close(): void };
  const done: string[] = [];
  const said: string[] = [];

  const write = (file: string, content: string): void => {
    mkdirSync(join(checkout, file, '..'), { recursive: true });
    writeFileSync(join(checkout, file), content);
  };
  const told = (line: string): Promise<boolean> =>
    waitFor(() => said.includes(line), { what: `"${line}" among ${JSON.stringify(said)}` });
  const note = (step: string): Promise<void> => {
    done.push(step);
    return Promise.resolve();
  };
  const packageWith = (build: string): string => JSON.stringify({ scripts: { build } });

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'baton-watch-'));
    for (const folder of ['services', 'libs', 'config', 'tools']) mkdirSync(join(checkout, folder));
    write('services/gateway/package.json', packageWith('cp src/main.ts built.ts'));
    write('services/gateway/src/main.ts', 'first');
    write('libs/bus/package.json', packageWith('echo "no such type" >&2; exit 1'));
    write('libs/bus/src/wire.ts', 'first');
    done.length = 0;
    said.length = 0;
    const service = (name: ServiceName) => ({ restart: () => note(`restart ${name}`) });
    const services = Object.fromEntries(SERVICE_NAMES.map((name) => [name, service(name)]));
    watch = watchSources(
      {
        checkout,
        services: services as Parameters<typeof watchSources>[0]['services'],
        migrate: (name) => note(`migrate ${name}`),
      },
      (line) => said.push(line),
    );
  });

  afterEach(() => {
    watch.close();
    rmSync(checkout, { recursive: true, force: true });
  });

  it('builds the service that changed, migrates its schema and restarts it alone', async () => {
    write('services/gateway/src/main.ts', 'second');
    await told('Ready again');
    expect(said).toContain('Built services/gateway');
    expect(done).toEqual(['migrate gateway', 'restart gateway']);
  });

  it('keeps what runs when the change does not build, and says why', async () => {
    write('libs/bus/src/wire.ts', 'second');
    await told('Not reloaded: libs/bus does not build: no such type');
    expect(done).toEqual([]);
  });

  it('deals with a change that comes after one that failed', async () => {
    write('libs/bus/src/wire.ts', 'second');
    await told('Not reloaded: libs/bus does not build: no such type');
    write('config/knowledge/returns.md', '# Returns');
    await told('Ready again');
    expect(done.filter((step) => step.startsWith('restart'))).toHaveLength(SERVICE_NAMES.length);
  });
});
