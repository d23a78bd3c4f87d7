import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ServiceName } from '@baton/service/roles';

/** The folder that everything is started from: the first one upwards whose package.json names workspaces. */
export const findCheckout = (from: string = import.meta.dirname): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && 'workspaces' in (JSON.parse(readFileSync(manifest, 'utf8')) as object))
      return folder;
    if (folder === dirname(folder)) throw new Error(`${from} lies in no checkout of Baton`);
  }
};

/** What is run of a service. Throws when it was not built. */
export const serviceScript = (checkout: string, service: ServiceName, script: 'main' | 'migrate'): string => {
  const path = join(checkout, 'services', service, 'dist', `${script}.js`);
  if (!existsSync(path)) throw new Error(`${path} is not there: run "npm run build" first`);
  return path;
};
