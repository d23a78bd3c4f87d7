import { randomBytes, scryptSync } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, readSync, renameSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { z } from 'zod';

import { CliError } from '../failure.js';
import { opening, SealedStreamError, sealing } from './sealed-stream.js';

/** What the file says before its rows. */
const contentsSchema = z.object({
  backup_id: z.string(),
  created_at: z.string(),
  root_secret: z.string(),
  /** What seals OAuth tokens; null where the installation had none. */
  token_keys: z.string().nullable(),
});
export type KeysHeader = z.output<typeof contentsSchema>;

const rowSchema = z.object({ schema: z.string(), row: z.record(z.string(), z.unknown()) });
/** A row of a `data_keys` table. */
export type KeyRow = z.output<typeof rowSchema>;

const lockSchema = z.object({
  format: z.literal('baton-keys-1'),
  kdf: z.object({ name: z.literal('scrypt'), N: z.int(), r: z.int(), p: z.int(), salt: z.string() }),
});

const SHORTEST_PASSPHRASE = 12;
const KEY_BYTES = 32;
/** 64 MB and about a quarter of a second for each guess. */
const COST = { N: 2 ** 16, r: 8, p: 1 };
const MOST_MEMORY = 512 * 1024 * 1024;
const CONTEXT = 'keys';
const LONGEST_FIRST_LINE = 4096;

/** @throws CliError where it is too short to keep anybody out */
export const requirePassphrase = (passphrase: string): string => {
  if (passphrase.length >= SHORTEST_PASSPHRASE) return passphrase;
  throw new CliError(
    `The passphrase must have at least ${SHORTEST_PASSPHRASE} characters: the keys to everything lie under it`,
  );
};

/** Writes secrets and data keys under a passphrase, readable by their owner alone; in place when it is whole. */
export const writeKeysFile = async (
  file: string,
  passphrase: string,
  header: KeysHeader,
  rows: AsyncIterable<KeyRow>,
): Promise<void> => {
  const salt = randomBytes(16);
  const partial = `${file}.partial`;
  const lock = { format: 'baton-keys-1', kdf: { name: 'scrypt', ...COST, salt: salt.toString('base64') } };
  const out = createWriteStream(partial, { mode: 0o600, flags: 'w' });
  out.write(`${JSON.stringify(lock)}\n`);
  const lines = async function* (): AsyncGenerator<string> {
    yield `${JSON.stringify(header)}\n`;
    for await (const row of rows) yield `${JSON.stringify(row)}\n`;
  };
  await pipeline(
    Readable.from(lines(), { objectMode: false }),
    sealing(keyOf(passphrase, { ...COST, salt }), CONTEXT),
    out,
  );
  renameSync(partial, file);
};

/** A file of keys whose passphrase was right: what it says of itself. */
export const readKeysHeader = async (file: string, passphrase: string): Promise<KeysHeader> => {
  for await (const line of linesOf(file, passphrase)) return contentsSchema.parse(JSON.parse(line));
  throw new CliError(`${file} is empty`);
};

/** Its data keys. */
export async function* readKeyRows(file: string, passphrase: string): AsyncGenerator<KeyRow> {
  let isHeader = true;
  for await (const line of linesOf(file, passphrase)) {
    if (!isHeader) yield rowSchema.parse(JSON.parse(line));
    isHeader = false;
  }
}

async function* linesOf(file: string, passphrase: string): AsyncGenerator<string> {
  const { lock, bytes } = readLock(file);
  const key = keyOf(passphrase, { ...lock.kdf, salt: Buffer.from(lock.kdf.salt, 'base64') });
  const opened = opening(key, CONTEXT);
  const source = createReadStream(file, { start: bytes });
  source.on('error', (error) => opened.destroy(error));
  try {
    for await (const line of createInterface({ input: source.pipe(opened), crlfDelay: Infinity })) yield line;
  } catch (error) {
    if (!(error instanceof SealedStreamError)) throw error;
    throw new CliError(`${file} cannot be opened: the passphrase is another, or the file is damaged`, 1, {
      cause: error,
    });
  } finally {
    source.destroy();
    opened.destroy();
  }
}

const readLock = (file: string): { lock: z.output<typeof lockSchema>; bytes: number } => {
  const start = Buffer.alloc(LONGEST_FIRST_LINE);
  let length: number;
  try {
    const descriptor = openSync(file, 'r');
    try {
      length = readSync(descriptor, start, 0, start.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new CliError(
      `${file} cannot be read (${(error as Error).message}): name the file of keys with --keys`,
      1,
      {
        cause: error,
      },
    );
  }
  const end = start.subarray(0, length).indexOf('\n');
  try {
    return {
      lock: lockSchema.parse(JSON.parse(start.toString('utf8', 0, Math.max(end, 0)))),
      bytes: end + 1,
    };
  } catch (error) {
    throw new CliError(`${file} is no file of keys of a backup`, 1, { cause: error });
  }
};

const keyOf = (
  passphrase: string,
  { N, r, p, salt }: { N: number; r: number; p: number; salt: Buffer },
): Buffer => scryptSync(passphrase.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem: MOST_MEMORY });
