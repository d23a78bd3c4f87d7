import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { loadConfig, serviceUrls } from '@baton/service';
import { forwardedEnvironment, SERVICE_NAMES, type ServiceName } from '@baton/system';
import type { z } from 'zod';

import { opensDataKeys } from '../backup/secret-check.js';
import { DEMO_KEY, type Surroundings } from '../surroundings.js';
import { type Check, failed, type Finding, ok, unknown } from './check.js';
import { withClient } from './postgres.js';

const STRONG_LENGTH = 32;
const LEAST_DIFFERENT = 12;
const OWNER_ALONE = 0o077;
const SECRET_FILES = ['secret', 'token-keys', 'servers.json'] as const;
const STAND_IN = 'stand-in-for-a-secret-that-is-not-here';

/** The environment of each service, by the service's own schema, and the secrets. */
export const settingsChecks = (around: Surroundings): Check[] => [
  ...SERVICE_NAMES.map((name): Check => ({ area: 'settings', name, look: () => settings(around, name) })),
  { area: 'secrets', name: 'BATON_SECRET', look: () => strength(around) },
  { area: 'secrets', name: 'data keys', look: () => opens(around) },
  { area: 'secrets', name: 'files', look: () => files(around) },
];

/** The environment's, or the one that is kept with the data; nothing is made here. */
export const secretHere = ({ env, dataDir }: Surroundings): string | undefined => {
  const file = join(dataDir, 'secret');
  return env['BATON_SECRET'] || (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
};

const settings = async (around: Surroundings, service: ServiceName): Promise<Finding> => {
  const { env, checkout, noted } = around;
  const adminUrl = env['DATABASE_URL'] || noted?.postgres || 'postgres://nobody:none@127.0.0.1/none';
  const urls = serviceUrls(adminUrl, service);
  try {
    loadConfig(await schemaOfService(checkout, service), {
      ...forwardedEnvironment(env),
      DATABASE_URL: urls.app,
      DATABASE_SYSTEM_URL: urls.system,
      NATS_URL: env['NATS_URL'] || noted?.nats || 'nats://127.0.0.1',
      REDIS_URL: env['REDIS_URL'] || noted?.redis || 'redis://127.0.0.1',
      BATON_SECRET: secretHere(around) ?? STAND_IN,
      BATON_API_KEY: env['BATON_API_KEY'] || DEMO_KEY,
    });
    return ok('every variable can be read');
  } catch (error) {
    return failed((error as Error).message, 'docs/operations.md says what each variable may be');
  }
};

const schemaOfService = async (checkout: string, service: ServiceName): Promise<z.ZodType> => {
  const file = pathToFileURL(join(checkout, 'services', service, 'dist', 'config.js')).href;
  const module = (await import(file)) as Record<string, unknown>;
  const schema = module['configSchema'] ?? module[`${service}ConfigSchema`];
  if (schema === undefined) throw new Error(`${service} has no settings that can be read`);
  return schema as z.ZodType;
};

const strength = (around: Surroundings): Finding => {
  const secret = secretHere(around);
  if (secret === undefined)
    return unknown(
      'not here',
      'npm start makes one in BATON_DATA_DIR; elsewhere set BATON_SECRET as the services have it',
    );
  const where = around.env['BATON_SECRET'] ? 'BATON_SECRET' : join(around.dataDir, 'secret');
  if (secret.length < STRONG_LENGTH || new Set(secret).size < LEAST_DIFFERENT)
    return failed(
      `${where} can be guessed`,
      'begin with a random one (openssl rand -base64 32); of an installation with data it cannot be exchanged: what it sealed would be lost',
    );
  return ok('present and long enough');
};

const opens = async (around: Surroundings): Promise<Finding> => {
  const secret = secretHere(around);
  if (secret === undefined) return unknown('no secret to look with');
  const found = await withClient(around.databaseUrl(), (client) => opensDataKeys(client, secret));
  if (found === undefined) return ok('there are none yet');
  return found
    ? ok('the secret opens them')
    : failed(
        'the secret does not open the data keys of this database: what people said cannot be read',
        'start with the secret that this database was written with: backups have it in their file of keys',
      );
};

const files = ({ dataDir }: Surroundings): Finding => {
  const open = SECRET_FILES.filter((name) => {
    const file = join(dataDir, name);
    return existsSync(file) && (statSync(file).mode & OWNER_ALONE) !== 0;
  });
  return open.length > 0
    ? failed(
        `${open.map((name) => join(dataDir, name)).join(', ')}: others may read it`,
        `chmod 600 ${open.map((name) => join(dataDir, name)).join(' ')}`,
      )
    : ok('readable by their owner alone');
};
