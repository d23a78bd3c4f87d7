import type { ContainerCreateOptions } from 'dockerode';

import { LAUNCHER } from '../process/launcher.js';
import { nodeArguments } from '../process/node-command.js';
import type { Language, SandboxLimits } from '../sandbox.js';

const NOBODY = '65534:65534';
const TEMPORARY_BYTES = 16 * 1024 * 1024;
const OPEN_FILES = 256;

/** Images with a shell, tar and an interpreter. They are not pulled: what runs here is the operator's choice. */
export const DEFAULT_IMAGES: Readonly<Record<Language, string>> = {
  javascript: 'node:24-slim',
  python: 'python:3.13-slim',
};

/** What the engine is asked for: one container, for one program. */
export const containerSpec = (
  image: string,
  language: Language,
  limits: SandboxLimits,
): ContainerCreateOptions => ({
  Image: image,
  // An image brings variables of its own: none of them is the program's.
  Entrypoint: ['env', '-i', 'PATH=/usr/local/bin:/usr/bin:/bin', 'HOME=/work', 'TMPDIR=/tmp', 'LANG=C.UTF-8'],
  Cmd: ['sh', '-c', LAUNCHER, 'launcher', ...command(language, limits)],
  WorkingDir: '/work',
  User: NOBODY,
  Hostname: 'sandbox',
  NetworkDisabled: true,
  Tty: false,
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  Labels: { 'baton.sandbox': 'true' },
  HostConfig: {
    NetworkMode: 'none',
    IpcMode: 'none',
    ReadonlyRootfs: true,
    Tmpfs: {
      '/work': `rw,nosuid,nodev,size=${limits.diskBytes},mode=1777`,
      '/tmp': `rw,nosuid,nodev,noexec,size=${TEMPORARY_BYTES},mode=1777`,
    },
    Memory: limits.memoryBytes,
    // With swap: the same, so that there is none.
    MemorySwap: limits.memoryBytes,
    PidsLimit: limits.tasks,
    NanoCpus: 1_000_000_000,
    CapDrop: ['ALL'],
    Privileged: false,
    // The engine's own seccomp profile stays on beside it.
    SecurityOpt: ['no-new-privileges'],
    Ulimits: [
      { Name: 'cpu', Soft: limits.cpuSeconds, Hard: limits.cpuSeconds + 1 },
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
      { Name: 'fsize', Soft: limits.diskBytes, Hard: limits.diskBytes },
    ],
    LogConfig: { Type: 'none', Config: {} },
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
  },
});

const command = (language: Language, { memoryBytes }: SandboxLimits): string[] =>
  language === 'python'
    ? ['python3', '-E', '-s', '-B', '-u', '-X', 'utf8', 'main.py']
    : ['node', ...nodeArguments(memoryBytes)];
