import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { knownSecrets } from './known-secrets.js';
import { type Finding, SecretScan } from './secret-scan.js';

/** Set by `npm test`: what a test started is looked through when it stops, and what was found is written there. */
const VARIABLE = 'BATON_SECRET_SCAN_DIR';

/** What one scan leaves for `npm test` to read. */
export interface ScanReport {
  /** What was looked through: a server by its name, or `logs`. */
  readonly source: string;
  /** The test file, or the program, that started it. */
  readonly test: string;
  readonly places: number;
  readonly bytes: number;
  readonly ms: number;
  readonly findings: readonly Finding[];
  /** Why it could not be read to its end. */
  readonly failure?: string;
}

/** Whether anybody wants what is stopped looked through. */
export const isScanAskedFor = (): boolean => Boolean(process.env[VARIABLE]);

/**
 * Looks through what `work` shows to the scan, where that is asked for, and leaves the report. It never fails its caller,
 * who is about to stop something: a failure is in the report, and `npm test` fails for it.
 */
export const scanForSecrets = async (
  source: string,
  work: (scan: SecretScan) => Promise<void>,
): Promise<void> => {
  const folder = process.env[VARIABLE];
  if (!folder) return;
  const began = performance.now();
  const scan = new SecretScan(knownSecrets.all());
  let failure: string | undefined;
  try {
    await work(scan);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const { places, bytes, findings } = scan;
  const report: ScanReport = {
    source,
    test: testOf(),
    places,
    bytes,
    ms: Math.round(performance.now() - began),
    findings,
    ...(failure !== undefined && { failure }),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(report));
};

/** Jest knows the file; other programs are their own. */
const testOf = (): string => {
  const { expect } = globalThis as { expect?: { getState?: () => { testPath?: string } } };
  return relative(process.cwd(), expect?.getState?.().testPath ?? process.argv[1] ?? '');
};
