import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { findCheckout, SERVICE_NAMES } from '@baton/system';

import { assemble } from './assemble.js';
import { type Sbom, sbomOf } from './sbom.js';

/** `npm run sbom [-- <folder>]`: a CycloneDX bill of materials for each service's image. */
const checkout = findCheckout();
const target = resolve(checkout, process.argv[2] ?? 'sbom');
const work = mkdtempSync(join(tmpdir(), 'baton-sbom-'));
try {
  mkdirSync(target, { recursive: true });
  for (const service of SERVICE_NAMES) {
    const folder = join(work, service);
    assemble(checkout, service, folder);
    const text = await sbomOf(folder);
    const file = join(target, `${service}.cdx.json`);
    writeFileSync(file, text);
    process.stdout.write(`${file}: ${(JSON.parse(text) as Sbom).components.length} components\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
