import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { SERVICE_NAMES } from '@baton/system';
import { isPortFree } from '@baton/testkit';

import type { Surroundings } from '../surroundings.js';
import { type Check, failed, ok, warning } from './check.js';

const OLDEST_NODE = 22;
const GIGABYTE = 1024 ** 3;
const LEAST_FREE = GIGABYTE / 4;
const GOOD_FREE = 2 * GIGABYTE;

/** Node, the build, the disk, the port. */
export const machineChecks = (around: Surroundings): Check[] => [
  { area: 'machine', name: 'Node.js', look: () => node(around) },
  { area: 'machine', name: 'build', look: () => build(around) },
  { area: 'machine', name: 'disk', look: () => disk(around) },
  { area: 'machine', name: 'port', look: () => port(around) },
];

const node = ({ checkout }: Surroundings) => {
  const { node: here } = process.versions;
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const pinned = manifest.dependencies['node'] ?? '';
  if (Number(here.split('.')[0]) < OLDEST_NODE)
    return failed(`${here} is too old`, `run through npm, which brings ${pinned}: npm run baton -- doctor`);
  if (here !== pinned)
    return warning(`${here}; tested with ${pinned}`, 'npm ci brings the one that is tested');
  return ok(here);
};

const build = ({ checkout }: Surroundings) => {
  const missing = SERVICE_NAMES.filter(
    (name) => !existsSync(join(checkout, 'services', name, 'dist', 'main.js')),
  );
  return missing.length > 0
    ? failed(`${missing.join(', ')}: not built`, 'npm run build')
    : ok('every service is built');
};

const disk = async ({ dataDir }: Surroundings) => {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const said = `${(free / GIGABYTE).toFixed(1)} GB free under ${folder}`;
  if (free < LEAST_FREE) return failed(said, 'make room: PostgreSQL stops where it cannot write');
  if (free < GOOD_FREE) return warning(said, 'make room soon: the log only grows');
  return ok(said);
};

const port = async ({ env, noted }: Surroundings) => {
  if (env['BATON_URL'] || noted) return ok('Baton has its port');
  const wanted = Number(env['PORT'] || 3000);
  if (await isPortFree(wanted, env['BATON_HOST'] || '127.0.0.1')) return ok(`${wanted} is free`);
  return env['PORT']
    ? failed(`${wanted} is taken by another program`, 'end that program, or set PORT to another')
    : warning(
        `${wanted} is taken by another program`,
        'npm start will take the next that is free; PORT names another',
      );
};
