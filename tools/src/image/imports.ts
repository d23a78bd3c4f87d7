import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';

import ts from 'typescript';

/** What a built service is made of. */
export interface Imports {
  /** Names of packages that are not ours. */
  readonly packages: ReadonlySet<string>;
  /** Our libraries, without their scope. */
  readonly libraries: ReadonlySet<string>;
}

const OURS = '@baton/';
/** Files that are run by their address: workers and child processes. */
const BY_ADDRESS = /['"`](\.\.?\/[\w./-]+\.js)['"`]/g;
/** Resolved by hand where a module wants a file of a package. */
const BY_RESOLVING =
  /(?:\brequire(?:\.resolve)?|createRequire\([^)]*\)(?:\.resolve)?)\(\s*['"]((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^'"]*)?['"]\s*\)/g;

/** Follows what built files import, from the entries on, through our own libraries. */
export const importsOf = (entries: readonly string[], libraryEntry: (name: string) => string): Imports => {
  const packages = new Set<string>();
  const libraries = new Set<string>();
  const seen = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const specifier of specifiersIn(file)) {
      if (specifier.startsWith('.')) {
        waiting.push(resolve(dirname(file), specifier));
      } else if (specifier.startsWith(OURS)) {
        libraries.add(specifier.slice(OURS.length).split('/')[0] as string);
        waiting.push(libraryEntry(specifier));
      } else if (!isBuiltin(specifier)) packages.add(packageOf(specifier));
    }
  }
  return { packages, libraries };
};

const specifiersIn = (file: string): readonly string[] => {
  const text = readFileSync(file, 'utf8');
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const resolved = [...text.matchAll(BY_RESOLVING)].map(([, name]) => name as string);
  const run = text.includes('import.meta.url')
    ? [...text.matchAll(BY_ADDRESS)].map(([, path]) => path as string)
    : [];
  return [...imported, ...resolved, ...run].filter(
    (each) => !each.endsWith('.json') || !each.startsWith('.'),
  );
};

/** `@scope/name/path` is of `@scope/name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
