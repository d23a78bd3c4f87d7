/** What the tests and `npm start` need of the system: two servers, and a browser for the tests. */
export type InstallableServer = 'nats-server' | 'redis-server' | 'chromium';
/** What only tests use, where the system has it: sandboxes to run programs in, and the judge of alert rules. */
export type InstallableTool = 'bwrap' | 'runsc' | 'promtool';
export type Installable = InstallableServer | InstallableTool;

export interface PackageManager {
  readonly command: string;
  /** Whether it changes the system and so needs root. */
  readonly needsRoot: boolean;
  /** Those that it has. */
  readonly packages: Readonly<Record<InstallableServer, string> & { [Tool in InstallableTool]?: string }>;
  /** The commands, without the manager's own name, that install a package. */
  steps(packageName: string): readonly (readonly string[])[];
}

const OWN_NAMES = {
  'nats-server': 'nats-server',
  'redis-server': 'redis-server',
  chromium: 'chromium',
} as const;
const REDIS_ALONE = { 'nats-server': 'nats-server', 'redis-server': 'redis', chromium: 'chromium' } as const;

/** In the order in which they are tried. */
export const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    command: 'apt-get',
    needsRoot: true,
    packages: { ...OWN_NAMES, bwrap: 'bubblewrap', runsc: 'runsc', promtool: 'prometheus' },
    steps: (name) => [['update'], ['install', '--yes', '--no-install-recommends', name]],
  },
  {
    command: 'dnf',
    needsRoot: true,
    packages: { ...REDIS_ALONE, bwrap: 'bubblewrap' },
    steps: (name) => [['install', '--assumeyes', name]],
  },
  {
    command: 'apk',
    needsRoot: true,
    packages: { ...REDIS_ALONE, bwrap: 'bubblewrap' },
    steps: (name) => [['add', '--no-cache', name]],
  },
  {
    command: 'brew',
    needsRoot: false,
    packages: REDIS_ALONE,
    steps: (name) => [['install', name]],
  },
];
