import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ServiceName } from '@baton/system';

import { closureOf, type Installed, readManifest } from './closure.js';
import { importsOf } from './imports.js';
import { FILES } from './parts.js';

/** What came into an image. */
export interface Assembled {
  readonly packages: readonly Installed[];
  readonly libraries: readonly string[];
}

/** What is in packages for people and compilers only. */
const NOT_RUN = /\.(?:d\.[cm]?ts|[cm]?ts|tsx|map|md|markdown|flow|tsbuildinfo)$/;

/**
 * Puts together what one service's image holds, as in the checkout: its built code, our libraries that it imports, its
 * packages and no others, its files. The root's `package.json` names what it imports, so that npm can judge the whole.
 */
export const assemble = (checkout: string, service: ServiceName, target: string): Assembled => {
  const dist = join(checkout, 'services', service, 'dist');
  const { packages, libraries } = importsOf(
    ['main.js', 'migrate.js'].map((file) => join(dist, file)),
    (specifier) => libraryEntry(checkout, specifier),
  );
  const installed = closureOf(checkout, packages);
  mkdirSync(target, { recursive: true });
  copy(checkout, target, join('services', service));
  for (const library of libraries)
    copy(checkout, target, join('libs', library), join('node_modules/@baton', library));
  for (const { folder } of installed) copyPackage(checkout, target, folder);
  for (const file of FILES[service]) cpSync(join(checkout, file), join(target, file), { recursive: true });
  writeFileSync(join(target, 'package.json'), manifestOf(checkout, service, packages, libraries));
  return { packages: installed, libraries: [...libraries].sort() };
};

/** Our libraries say in `exports` what is imported where. */
const libraryEntry = (checkout: string, specifier: string): string => {
  const [scope, name, ...path] = specifier.split('/');
  const folder = join(checkout, 'libs', name as string);
  const { exports } = readManifest(folder) as unknown as {
    exports: Record<string, { default: string }>;
  };
  const entry = exports[path.length === 0 ? '.' : `./${path.join('/')}`];
  if (!entry) throw new Error(`${scope}/${name} exports no ${path.join('/')}`);
  return join(folder, entry.default);
};

/** A package of ours: what was built, and what says so. */
const copy = (checkout: string, target: string, from: string, to = from): void => {
  for (const part of ['package.json', 'dist'])
    cpSync(join(checkout, from, part), join(target, to, part), {
      recursive: true,
      filter: (path) => !NOT_RUN.test(path) && !/\.fixture\.js$|\.spec\.js$/.test(path),
    });
};

/** Without the packages below it, which come by themselves where they are needed. */
const copyPackage = (checkout: string, target: string, folder: string): void => {
  const from = join(checkout, folder);
  for (const part of readdirSync(from)) {
    if (part === 'node_modules') continue;
    cpSync(join(from, part), join(target, folder, part), {
      recursive: true,
      dereference: true,
      filter: (path) => !NOT_RUN.test(path) && !path.endsWith('/node_modules'),
    });
  }
};

const manifestOf = (
  checkout: string,
  service: ServiceName,
  packages: ReadonlySet<string>,
  libraries: ReadonlySet<string>,
): string => {
  const { version } = readManifest(checkout);
  const exact = (folder: string): string => readManifest(join(checkout, folder)).version;
  const dependencies = Object.fromEntries([
    ...[...libraries].map((name) => [`@baton/${name}`, exact(join('libs', name))]),
    ...[...packages].map((name) => [name, exact(join('node_modules', name))]),
  ]) as Record<string, string>;
  const sorted = Object.fromEntries(
    Object.entries(dependencies).sort(([one], [other]) => one.localeCompare(other)),
  );
  const name = `@baton/${service}-image`;
  return `${JSON.stringify({ name, version, private: true, type: 'module', license: 'Apache-2.0', dependencies: sorted }, null, 2)}\n`;
};

export const isBuilt = (checkout: string, service: ServiceName): boolean =>
  existsSync(join(checkout, 'services', service, 'dist/main.js'));
