import { forwardedEnvironment, migrate, rebuildReadModel, SERVICE_NAMES } from '@baton/system';
import type pg from 'pg';

import { CliError } from '../failure.js';
import { REBUILT } from './catalog.js';
import { connectForCopy } from './copy.js';
import { type KeysHeader, readKeyRows, readKeysHeader } from './keys-file.js';
import { loadTables } from './load-tables.js';
import { type Manifest, readManifest } from './manifest.js';
import {
  beginRestore,
  dropRestored,
  enterPhase,
  finishRestore,
  lockForRestore,
  stateOfTarget,
} from './restore-progress.js';
import { erasedSince, type Verification, verifyRestored } from './verify-restored.js';

/** A backup whose keys were opened. */
export interface OpenedBackup {
  readonly folder: string;
  readonly keysFile: string;
  readonly passphrase: string;
  readonly keys: KeysHeader;
  readonly manifest: Manifest;
}

export interface RestoreOptions {
  /** The administrator's, of an empty database. */
  readonly databaseUrl: string;
  readonly checkout: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Does a restore that broke off once more from its beginning. */
  readonly force: boolean;
  /** Called when the database is known to be free: without its secrets what comes into it could not be read. */
  readonly handOverSecrets: () => void;
  readonly say: (line: string) => void;
}

export interface Restored extends Verification {
  /** Erased behind the backup, by keys of a later day: to be erased once more, so that the log knows it. */
  readonly eraseAgain: readonly { readonly tenant_id: string; readonly conversation_id: string }[];
}

/** Nobody answers there, and nobody is asked: a rebuild of these read models needs the database only. */
const NO_SERVER = { NATS_URL: 'nats://127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' };

/** @throws CliError where it is no backup, or the keys are another installation's */
export const openBackup = async (
  folder: string,
  keysFile: string,
  passphrase: string,
): Promise<OpenedBackup> => {
  const keys = await readKeysHeader(keysFile, passphrase);
  return { folder, keysFile, passphrase, keys, manifest: readManifest(folder, keys.root_secret) };
};

/**
 * Brings a backup into an empty database: the migrations that it had, its rows (all in one transaction), the later
 * migrations, the read models from the log; and then looks whether all is as it was.
 * @throws CliError with what to do; a restore that breaks off is known for it, by services too
 */
export const restore = async (backup: OpenedBackup, options: RestoreOptions): Promise<Restored> => {
  const client = await connectForCopy(options.databaseUrl);
  try {
    await lockForRestore(client);
    await makeRoom(client, options);
    await refuseConnected(client);
    await beginRestore(client, backup.manifest.backup_id);
    options.handOverSecrets();
    await migrateToBackup(client, backup.manifest, options);
    await enterPhase(client, 'loading');
    const { folder, keysFile, passphrase, manifest } = backup;
    await loadTables(client, {
      folder,
      manifest,
      rootSecret: backup.keys.root_secret,
      keys: readKeyRows(keysFile, passphrase),
      say: options.say,
    });
    await migrateAll(options, backup.manifest.backup_id);
    await enterPhase(client, 'rebuilding');
    await rebuild(backup, options);
    await enterPhase(client, 'verifying');
    const sameKeys = backup.keys.backup_id === manifest.backup_id;
    const verification = await verifyRestored(client, manifest, sameKeys);
    const eraseAgain = sameKeys ? [] : await erasedSince(client);
    if (verification.differences.length === 0) {
      await finishRestore(client);
      await client.query('ANALYZE');
    }
    return { ...verification, eraseAgain };
  } finally {
    await client.end();
  }
};

const makeRoom = async (client: pg.Client, { force, say }: RestoreOptions): Promise<void> => {
  const state = await stateOfTarget(client);
  if (state.is === 'occupied')
    throw new CliError(
      `This database holds a Baton already (${state.events} events): a restore goes into an empty one. Name another with DATABASE_URL, or another BATON_DATA_DIR`,
    );
  if (state.is === 'empty') return;
  if (!force)
    throw new CliError(
      `This database is half restored from the backup ${state.backupId} (it broke off while ${state.phase}): --force takes that away and begins again`,
    );
  say(`Taking away what the restore that broke off has left`);
  await dropRestored(client);
};

const refuseConnected = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ who: string }>(
    `SELECT DISTINCT usename AS who FROM pg_stat_activity
      WHERE datname = current_database() AND usename LIKE 'baton\\_%' ORDER BY 1`,
  );
  if (rows.length > 0)
    throw new CliError(
      `Services of a Baton are connected to this database (${rows.map(({ who }) => who).join(', ')}): stop them first`,
    );
};

const migrateToBackup = async (
  client: pg.Client,
  manifest: Manifest,
  options: RestoreOptions,
): Promise<void> => {
  options.say("Migrating to the backup's version");
  const only = Object.values(manifest.migrations).flat();
  await migrateAll(options, manifest.backup_id, only);
  for (const [schema, wanted] of Object.entries(manifest.migrations)) {
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${schema}.migrations`);
    const missing = wanted.filter((name) => !rows.some((row) => row.name === name));
    if (missing.length === 0) continue;
    await dropRestored(client);
    throw new CliError(
      `The backup was made by a release that is newer than this one (${schema} has ${missing.join(', ')}): restore with that release`,
    );
  }
};

const migrateAll = async (
  options: RestoreOptions,
  backupId: string,
  only?: readonly string[],
): Promise<void> => {
  const env = {
    ...forwardedEnvironment(options.env),
    BATON_RESTORING: backupId,
    ...(only && { BATON_MIGRATE_ONLY: only.join(',') }),
  };
  const { checkout, databaseUrl: adminUrl } = options;
  await Promise.all(SERVICE_NAMES.map((service) => migrate(service, { checkout, adminUrl, env })));
};

const rebuild = async (
  { keys }: OpenedBackup,
  { checkout, dataDir, env, databaseUrl, say }: RestoreOptions,
): Promise<void> => {
  for (const { name } of REBUILT) {
    say(`Telling ${name} again from the log`);
    await rebuildReadModel(name, {
      checkout,
      dataDir,
      env: { ...env, ...NO_SERVER, DATABASE_URL: databaseUrl, BATON_SECRET: keys.root_secret },
      quiet: true,
    });
  }
};
