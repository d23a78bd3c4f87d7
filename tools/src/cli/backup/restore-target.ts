import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { lockDataDir } from '@baton/system';
import { ensureDatabase, startPostgres } from '@baton/testkit';

import { CliError } from '../failure.js';
import type { KeysHeader } from './keys-file.js';

/** Where a restore goes. */
export interface RestoreTarget {
  /** The administrator's. */
  readonly databaseUrl: string;
  /** In words. */
  readonly title: string;
  /** Puts the secrets where those who start on the database find them; again where they are there, nothing. */
  handOverSecrets(): void;
  /** What to do behind the restore. */
  readonly next: string;
  close(): Promise<void>;
}

const OWN_DATABASE = 'baton';
const OTHERS = ['nats', 'redis'] as const;

/** A PostgreSQL of its own in a data directory, as `npm start` brings it; stopped again by `close`. */
export const dataDirTarget = async (dataDir: string, keys: KeysHeader): Promise<RestoreTarget> => {
  mkdirSync(dataDir, { recursive: true });
  // PostgreSQL runs as another user where we are root, and must be able to pass through.
  chmodSync(dataDir, 0o711);
  const lock = await lockDataDir(dataDir);
  try {
    refuseForeign(dataDir);
    // Before anything is restored: a directory with another secret is another installation's.
    const secrets = { secret: keys.root_secret, 'token-keys': keys.token_keys };
    const missing = missingSecrets(dataDir, secrets);
    const postgres = await startPostgres({
      dataDir: join(dataDir, 'postgres'),
      logFile: join(dataDir, 'logs', 'postgres.log'),
    });
    return {
      databaseUrl: await ensureDatabase(postgres.url, OWN_DATABASE),
      title: dataDir,
      handOverSecrets: () => {
        for (const [name, value] of missing)
          writeFileSync(join(dataDir, name), value, { flag: 'wx', mode: 0o600 });
      },
      next: `Start it: BATON_DATA_DIR=${dataDir} npm start`,
      close: async () => {
        await postgres.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
};

/** What another life has said on the bus would be taken for news of this one. */
const refuseForeign = (dataDir: string): void => {
  for (const name of OTHERS)
    if (existsSync(join(dataDir, name)) && !existsSync(join(dataDir, 'postgres')))
      throw new CliError(
        `${join(dataDir, name)} is of another Baton: name an empty BATON_DATA_DIR, or remove it`,
      );
};

const missingSecrets = (
  dataDir: string,
  secrets: Readonly<Record<string, string | null>>,
): [string, string][] => {
  const missing: [string, string][] = [];
  for (const [name, value] of Object.entries(secrets)) {
    if (value === null || value === '') continue;
    if (!existsSync(join(dataDir, name))) missing.push([name, value]);
    else if (readFileSync(join(dataDir, name), 'utf8').trim() !== value)
      throw new CliError(`${join(dataDir, name)} is another installation's: name an empty BATON_DATA_DIR`);
  }
  return missing;
};

/** A PostgreSQL that is there: secrets are its operator's matter. */
export const databaseTarget = (
  databaseUrl: string,
  keys: KeysHeader,
  secret: string | undefined,
  secretsFile: string | undefined,
): RestoreTarget => {
  if (secret !== undefined && secret !== keys.root_secret)
    throw new CliError(
      "BATON_SECRET is another than the backup's, and would open nothing: start the services with the backup's (unset it here and let --secrets-to write it to a file)",
    );
  if (secret === undefined && secretsFile === undefined)
    throw new CliError(
      "The services need the backup's secret: set BATON_SECRET to it, or name a file for it with --secrets-to",
    );
  const lines = [
    `BATON_SECRET=${keys.root_secret}`,
    ...(keys.token_keys ? [`BATON_TOKEN_KEYS=${keys.token_keys}`] : []),
  ];
  const content = `${lines.join('\n')}\n`;
  if (secretsFile !== undefined && existsSync(secretsFile) && readFileSync(secretsFile, 'utf8') !== content)
    throw new CliError(`${secretsFile} is there already: name a new file with --secrets-to`);
  return {
    databaseUrl,
    title: new URL(databaseUrl).host,
    handOverSecrets: () => {
      if (secretsFile !== undefined && !existsSync(secretsFile))
        writeFileSync(secretsFile, content, { flag: 'wx', mode: 0o600 });
    },
    next:
      secretsFile === undefined
        ? 'Start the services on it, with this BATON_SECRET'
        : `Start the services on it, with the variables in ${secretsFile}`,
    close: () => Promise.resolve(),
  };
};

/** A PostgreSQL that is thrown away behind the look. */
export const throwawayTarget = async (): Promise<RestoreTarget> => {
  const postgres = await startPostgres();
  return {
    databaseUrl: await ensureDatabase(postgres.url, OWN_DATABASE),
    title: 'a database of its own that is thrown away',
    handOverSecrets: () => undefined,
    next: 'Nothing was kept',
    close: () => postgres.stop(),
  };
};
