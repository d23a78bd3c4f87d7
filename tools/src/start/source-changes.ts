import { SERVICE_NAMES, type ServiceName } from '@baton/system';

/** What changed files ask for. */
export interface Change {
  /** Folders of the packages to build. */
  readonly packages: readonly string[];
  readonly services: readonly ServiceName[] | 'all';
  /** Whether the running `npm run dev` itself is made of what has changed. */
  readonly needsNewStart: boolean;
}

/** The libraries that run in this process and in no service. */
const OWN_PACKAGES = new Set(['libs/testkit', 'libs/system', 'tools']);

const isServiceName = (name: string | undefined): name is ServiceName =>
  (SERVICE_NAMES as readonly (string | undefined)[]).includes(name);

/** The package that a source file belongs to; undefined for tests and for whatever is no source. */
const packageOf = (file: string): string | undefined => {
  if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) return undefined;
  return /^(tools|(?:services|libs)\/[^/]+)\/src\//.exec(file)?.[1];
};

/** Says what to do after these files, named from the checkout, have changed. */
export const affectedBy = (files: readonly string[]): Change => {
  const packages = [...new Set(files.map(packageOf).filter((folder) => folder !== undefined))];
  const libraryChanged = packages.some((folder) => folder.startsWith('libs/') && !OWN_PACKAGES.has(folder));
  const configChanged = files.some((file) => file.startsWith('config/'));
  const services = packages.map((folder) => folder.split('/')[1]).filter(isServiceName);
  return {
    // Libraries first: what uses them is built against them.
    packages: packages.sort((a, b) => Number(a.startsWith('services/')) - Number(b.startsWith('services/'))),
    services: libraryChanged || configChanged ? 'all' : services,
    needsNewStart: packages.some((folder) => OWN_PACKAGES.has(folder)),
  };
};
