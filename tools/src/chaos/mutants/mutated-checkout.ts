import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { type Mutant, replaceIn } from './mutant.js';

/**
 * A copy of the built packages with a mutant's changes, beside the original's dependencies: what production runs is
 * never touched. Throws where a change does not fit the code any more.
 */
export const mutatedCheckout = (original: string, folder: string, { code = {} }: Mutant): string => {
  mkdirSync(join(folder, 'node_modules', '@baton'), { recursive: true });
  for (const name of ['package.json', 'config', 'schemas'])
    symlinkSync(join(original, name), join(folder, name));
  for (const name of readdirSync(join(original, 'node_modules'))) {
    if (name !== '@baton')
      symlinkSync(join(original, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const kind of ['libs', 'services']) {
    for (const name of readdirSync(join(original, kind))) {
      const target = join(folder, kind, name);
      cpSync(join(original, kind, name), target, {
        recursive: true,
        filter: (path) => !['src', 'node_modules'].includes(basename(path)),
      });
      symlinkSync(target, join(folder, 'node_modules', '@baton', name));
    }
  }
  for (const [file, replacements] of Object.entries(code)) {
    const path = join(folder, file);
    writeFileSync(path, replaceIn(readFileSync(path, 'utf8'), replacements, file));
  }
  return folder;
};
