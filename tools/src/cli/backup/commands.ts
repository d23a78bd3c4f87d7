import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Command } from 'commander';

import { example } from '../conversation/commands.js';
import { CliError } from '../failure.js';
import { json, type Output } from '../output.js';
import type { Surroundings } from '../surroundings.js';
import { backUp } from './back-up.js';
import { requirePassphrase } from './keys-file.js';
import { refuseOtherBus } from './other-bus.js';
import { openBackup, restore } from './restore.js';
import { databaseTarget, dataDirTarget, type RestoreTarget, throwawayTarget } from './restore-target.js';

interface Where {
  readonly keys?: string;
  readonly passphraseFile?: string;
  readonly json?: true;
}

/** `backup --to` and `restore --from`. */
export const backupCommands = (program: Command, around: Surroundings, out: Output): void => {
  program
    .command('backup')
    .description('what cannot be derived again, as it was at one moment, beside the work of all services')
    .requiredOption('--to <dir>', 'a folder of its own')
    .option('--keys <file>', 'where secrets and data keys go, apart (<dir>.keys)')
    .option('--passphrase-file <file>', 'what the keys are sealed with (else BATON_BACKUP_PASSPHRASE)')
    .option('--json', 'what was written, as JSON')
    .addHelpText(
      'after',
      example('backup --to /backups/monday --keys /vault/monday.keys --passphrase-file /run/secrets/backup'),
    )
    .action(async (options: Where & { to: string }) => {
      const folder = resolve(options.to);
      const manifest = await backUp({
        databaseUrl: around.databaseUrl(),
        folder,
        keysFile: keysFile(options, folder),
        passphrase: requirePassphrase(passphrase(options, around)),
        rootSecret: rootSecretOf(around),
        tokenKeys: tokenKeysOf(around),
        say: out.note,
      });
      const kept = manifest.tables.filter(({ fate }) => fate === 'kept');
      const summary = {
        backup_id: manifest.backup_id,
        created_at: manifest.created_at,
        folder,
        keys: keysFile(options, folder),
        tables: kept.length,
        rows: kept.reduce((sum, { rows }) => sum + rows, 0),
        last_positions: manifest.last_positions,
      };
      out.line(
        options.json
          ? json(summary)
          : `${summary.backup_id}: ${summary.tables} tables, ${summary.rows} rows in ${folder}; keep ${summary.keys} elsewhere. ` +
              `Look whether it can be restored: npm run baton -- restore --from ${folder} --verify-only`,
      );
    });

  program
    .command('restore')
    .description('a backup into an empty database: BATON_DATA_DIR as npm start has it, or DATABASE_URL')
    .requiredOption('--from <dir>', 'the folder of a backup')
    .option('--keys <file>', 'its file of keys, or one of a later day (<dir>.keys)')
    .option('--passphrase-file <file>', 'what the keys are sealed with (else BATON_BACKUP_PASSPHRASE)')
    .option('--verify-only', 'restore it into a database that is thrown away: is this backup good?')
    .option('--force', 'take away what a restore that broke off has left, and begin again')
    .option('--secrets-to <file>', 'with DATABASE_URL: write the secrets that services need to a new file')
    .option('--json', 'what came of it, as JSON')
    .addHelpText(
      'after',
      example(
        'restore --from /backups/monday --keys /vault/monday.keys --verify-only',
        'restore --from /backups/monday   # with BATON_DATA_DIR set to a new directory',
      ),
    )
    .action(
      async (options: Where & { from: string; verifyOnly?: true; force?: true; secretsTo?: string }) => {
        const folder = resolve(options.from);
        const backup = await openBackup(folder, keysFile(options, folder), passphrase(options, around));
        out.note(`${backup.manifest.backup_id} of ${backup.manifest.created_at}`);
        const target = await targetOf(options, around, backup.keys);
        try {
          const restored = await restore(backup, {
            databaseUrl: target.databaseUrl,
            checkout: around.checkout,
            dataDir: around.dataDir,
            env: around.env,
            force: options.force ?? false,
            handOverSecrets: () => target.handOverSecrets(),
            say: out.note,
          });
          if (restored.differences.length > 0)
            throw new CliError(`This is not what was backed up:\n${restored.differences.join('\n')}`);
          const { next } = target;
          if (options.json)
            return out.line(json({ backup_id: backup.manifest.backup_id, ...restored, next }));
          out.line(
            `Restored into ${target.title} and verified: ${restored.tables} tables, ${restored.rows} rows, ` +
              `${restored.streams} streams without a gap, every read model the fold of its log. ${next}`,
          );
          for (const { tenant_id, conversation_id } of restored.eraseAgain)
            out.line(
              `Erased since: erase it once more (DELETE /api/v1/conversations/${conversation_id}, tenant ${tenant_id})`,
            );
        } finally {
          await target.close();
        }
      },
    );
};

const targetOf = async (
  { verifyOnly, secretsTo }: { verifyOnly?: true; secretsTo?: string },
  around: Surroundings,
  keys: Parameters<typeof databaseTarget>[1],
): Promise<RestoreTarget> => {
  if (verifyOnly) return throwawayTarget();
  const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl, BATON_SECRET: secret } = around.env;
  if (!databaseUrl) return dataDirTarget(around.dataDir, keys);
  if (natsUrl) await refuseOtherBus(natsUrl);
  return databaseTarget(databaseUrl, keys, secret || undefined, secretsTo && resolve(secretsTo));
};

const keysFile = ({ keys }: Where, folder: string): string =>
  keys === undefined ? `${folder}.keys` : resolve(keys);

const passphrase = ({ passphraseFile }: Where, { env }: Surroundings): string => {
  if (passphraseFile !== undefined) return read(passphraseFile);
  const given = env['BATON_BACKUP_PASSPHRASE'];
  if (!given)
    throw new CliError(
      'The keys need a passphrase: set BATON_BACKUP_PASSPHRASE, or name a file with --passphrase-file',
    );
  return given;
};

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new CliError(`${file} cannot be read: ${(error as Error).message}`, 1, { cause: error });
  }
};

/** Never made here: a new one would open nothing. */
const rootSecretOf = ({ env, dataDir }: Surroundings): string => {
  const file = join(dataDir, 'secret');
  const secret = env['BATON_SECRET'] || (!env['DATABASE_URL'] && existsSync(file) ? read(file).trim() : '');
  if (!secret)
    throw new CliError(
      "Set BATON_SECRET to the services' own: without it what is backed up can never be read",
    );
  return secret;
};

const tokenKeysOf = ({ env, dataDir }: Surroundings): string | null => {
  const file = join(dataDir, 'token-keys');
  return env['BATON_TOKEN_KEYS'] || (!env['DATABASE_URL'] && existsSync(file) ? read(file).trim() : null);
};
