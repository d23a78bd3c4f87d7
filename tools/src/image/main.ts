import { resolve } from 'node:path';

import { findCheckout, SERVICE_NAMES, type ServiceName } from '@baton/system';

import { assemble } from './assemble.js';
import { bytesIn, megabytes } from './size.js';

/** `node tools/dist/image/main.js <folder> [service…]`: what each image holds, in `<folder>/<service>`. */
const [folder, ...wanted] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say where: node tools/dist/image/main.js <folder> [service…]');
for (const name of wanted)
  if (!(SERVICE_NAMES as readonly string[]).includes(name)) throw new Error(`There is no service ${name}`);
const services = wanted.length > 0 ? (wanted as ServiceName[]) : SERVICE_NAMES;
for (const service of services) {
  const target = resolve(folder, service);
  const { packages } = assemble(findCheckout(), service, target);
  process.stdout.write(
    `${service.padEnd(14)} ${String(packages.length).padStart(4)} packages ${megabytes(bytesIn(target)).padStart(8)}\n`,
  );
}
