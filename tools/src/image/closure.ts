import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package as it is installed. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** Below the checkout, such as `node_modules/pg/node_modules/x`. */
  readonly folder: string;
}

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/**
 * The packages and all that they need, each where npm put it. What is optional is left out, as the images always did:
 * nothing here needs any of it.
 * @throws Error naming what is needed and not installed
 */
export const closureOf = (checkout: string, names: Iterable<string>): readonly Installed[] => {
  const found = new Map<string, Installed>();
  const waiting = [...names].map((name) => ({ name, from: '', by: 'Baton' }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const folder = find(checkout, next.name, next.from);
    if (folder === undefined) throw new Error(`${next.by} needs ${next.name}, which is not installed`);
    if (found.has(folder)) continue;
    const manifest = readManifest(join(checkout, folder));
    found.set(folder, { name: next.name, version: manifest.version, folder });
    for (const name of needsOf(manifest)) waiting.push({ name, from: folder, by: next.name });
  }
  return [...found.values()].sort((one, other) => one.folder.localeCompare(other.folder));
};

const needsOf = ({
  dependencies = {},
  peerDependencies = {},
  peerDependenciesMeta = {},
}: Manifest): string[] => [
  ...Object.keys(dependencies),
  ...Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true),
];

/** As node looks for it: in the package's own folder, then in each above. */
const find = (checkout: string, name: string, from: string): string | undefined => {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at === '.' ? '' : at, 'node_modules', name);
    if (!at.endsWith('node_modules') && existsSync(join(checkout, folder, 'package.json'))) return folder;
    if (at === '' || at === '.') return undefined;
  }
};
