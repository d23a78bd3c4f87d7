import { commandOf } from '../bubblewrap/bwrap-arguments.js';
import type { Interpreters } from '../process/interpreters.js';
import { LAUNCHER } from '../process/launcher.js';
import type { Language, SandboxLimits } from '../sandbox.js';

const NOBODY = 65_534;
const TEMPORARY_BYTES = 16 * 1024 * 1024;
const OPEN_FILES = 256;

/** The OCI runtime configuration of one program: what `runsc run` reads as config.json. */
export const ociConfig = (
  rootfs: string,
  { mounts, commands }: Interpreters,
  language: Language,
  limits: SandboxLimits,
): Record<string, unknown> => ({
  ociVersion: '1.0.2',
  process: {
    terminal: false,
    user: { uid: NOBODY, gid: NOBODY },
    args: ['/usr/bin/sh', '-c', LAUNCHER, 'launcher', ...commandOf(commands, language, limits)],
    env: ['PATH=/usr/bin', 'HOME=/work', 'TMPDIR=/tmp', 'LANG=C.UTF-8'],
    cwd: '/work',
    capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
    rlimits: [
      limit('RLIMIT_CPU', limits.cpuSeconds, limits.cpuSeconds + 1),
      limit('RLIMIT_CORE', 0),
      limit('RLIMIT_NOFILE', OPEN_FILES),
      limit('RLIMIT_FSIZE', limits.diskBytes),
      ...(language === 'python' ? [limit('RLIMIT_DATA', limits.memoryBytes)] : []),
    ],
    noNewPrivileges: true,
  },
  root: { path: rootfs, readonly: true },
  hostname: 'sandbox',
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    tmpfs('/work', limits.diskBytes),
    tmpfs('/tmp', TEMPORARY_BYTES),
    ...mounts.map(({ from, to }) => ({
      destination: to,
      type: 'bind',
      source: from,
      options: ['bind', 'ro', 'nosuid', 'nodev'],
    })),
  ],
  linux: {
    namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
  },
});

const limit = (type: string, soft: number, hard = soft): Record<string, unknown> => ({ type, soft, hard });

const tmpfs = (destination: string, bytes: number): Record<string, unknown> => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['nosuid', 'nodev', 'mode=1777', `size=${bytes}`],
});
