import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { serviceUrls } from '@baton/service/roles';
import { findCheckout, notedServers, rootSecret } from '@baton/system';

const FAILED = 1;

/** `verify | export | roots`: the gateway's own command, on the Baton that runs here. Resolves with the exit code. */
export const audit = async (argv: readonly string[]): Promise<number> => {
  const checkout = findCheckout();
  const dataDir = resolve(checkout, process.env['BATON_DATA_DIR'] || '.baton');
  try {
    const isHelp = argv.includes('--help') || argv.includes('-h');
    return await spawned(checkout, argv, isHelp ? {} : environment(dataDir));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return FAILED;
  }
};

const environment = (dataDir: string): NodeJS.ProcessEnv => {
  const postgres = process.env['DATABASE_URL'] || notedServers(dataDir)?.postgres;
  if (!postgres) throw new Error(`No Baton runs on ${dataDir}: start it first, or set DATABASE_URL`);
  // One that is made up now would call every root a forgery.
  if (!process.env['BATON_SECRET'] && !existsSync(join(dataDir, 'secret')))
    throw new Error(`${dataDir} holds no secret: set BATON_SECRET to the one that the gateway has`);
  const urls = serviceUrls(postgres, 'gateway');
  return {
    DATABASE_URL: urls.app,
    DATABASE_SYSTEM_URL: urls.system,
    BATON_SECRET: rootSecret(dataDir, process.env),
  };
};

const spawned = (checkout: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((done, failed) => {
    const script = join(checkout, 'services', 'gateway', 'dist', 'audit-command.js');
    const child = spawn(process.execPath, [script, ...argv], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.on('error', failed);
    child.on('exit', (code) => done(code ?? FAILED));
  });
