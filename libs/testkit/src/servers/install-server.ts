import { spawn } from 'node:child_process';

import { acrossProcesses } from '../processes/across-processes.js';
import { OneAtATime } from '../processes/one-at-a-time.js';
import { binaryFolders, findBinary } from './find-binary.js';
import { PACKAGE_MANAGERS, type Installable, type PackageManager } from './package-managers.js';

export interface InstallOptions {
  /** Where to look for package managers, sudo and the server; PATH and the usual folders unless given. */
  readonly folders?: readonly string[];
  readonly isRoot?: boolean;
  /** Hears each command before it runs, and its output. */
  readonly say?: (line: string) => void;
}

// Package managers hold a lock: of two at once one would fail.
const installations = new OneAtATime();

/**
 * Brings a server, or the tests' browser, with the system's package manager, and gives its path.
 * Throws when that cannot be done without asking for a password; the message names every way that is left.
 */
export const installServer = (name: Installable, options: InstallOptions = {}): Promise<string> =>
  installations.run(() => acrossProcesses('install', () => install(name, options)));

const install = async (name: Installable, options: InstallOptions): Promise<string> => {
  const { folders = binaryFolders(), isRoot = process.getuid?.() === 0, say = () => undefined } = options;
  // Another process may have brought it while this one waited for its turn.
  const there = findBinary(name, folders);
  if (there !== undefined) return there;
  const failures: string[] = [];
  for (const manager of PACKAGE_MANAGERS) {
    const program = findBinary(manager.command, folders);
    const packageName = manager.packages[name];
    if (program === undefined || packageName === undefined) continue;
    try {
      const asRoot = await privilege(manager, isRoot, folders);
      for (const step of manager.steps(packageName)) await runStep([...asRoot, program, ...step], say);
      const installed = findBinary(name, folders);
      if (installed !== undefined) return installed;
      failures.push(`${manager.command} installed ${packageName}, which holds no ${name}`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new Error(missingMessage(name, failures));
};

/** What to put in front of a command that needs root. Throws when root is out of reach. */
const privilege = async (
  manager: PackageManager,
  isRoot: boolean,
  folders: readonly string[],
): Promise<readonly string[]> => {
  if (!manager.needsRoot || isRoot) return [];
  const sudo = findBinary('sudo', folders);
  if (sudo === undefined) throw new Error(`${manager.command} needs root, and there is no sudo`);
  try {
    await runStep([sudo, '--non-interactive', 'true'], () => undefined);
  } catch (error) {
    throw new Error(`${manager.command} needs root, and sudo asks for a password`, { cause: error });
  }
  return [sudo, '--non-interactive'];
};

const runStep = ([command = '', ...args]: readonly string[], say: (line: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const shown = [command, ...args].join(' ');
    say(`running: ${shown}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let lastLine = '';
    const onOutput = (chunk: Buffer): void => {
      for (const line of chunk.toString('utf8').split('\n')) {
        if (line.trim() === '') continue;
        lastLine = line.trim();
        say(`  ${lastLine}`);
      }
    };
    child.stdout.on('data', onOutput);
    child.stderr.on('data', onOutput);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`"${shown}" ended with ${code ?? 'a signal'}: ${lastLine}`));
    });
  });

const ELSEWHERE: Readonly<Partial<Record<Installable, string>>> = {
  'nats-server': 'set NATS_URL to a server that runs already',
  'redis-server': 'set REDIS_URL to a server that runs already',
  chromium: 'set CHROME_PATH to a Chromium or Chrome',
};

const missingMessage = (name: Installable, failures: readonly string[]): string => {
  const managers = PACKAGE_MANAGERS.map(({ command }) => command).join(', ');
  const packageOf = (command: string): string | undefined =>
    PACKAGE_MANAGERS.find((manager) => manager.command === command)?.packages[name];
  const brewed = packageOf('brew');
  const elsewhere = ELSEWHERE[name];
  return [
    `${name} is not installed here and could not be installed:`,
    ...(failures.length > 0 ? failures : [`none of ${managers} is here`]).map((why) => `  - ${why}`),
    'Any one of these helps:',
    `  - sudo apt-get install ${packageOf('apt-get')}${brewed === undefined ? '' : `    (or: brew install ${brewed})`}`,
    `  - put a ${name} binary on the PATH`,
    ...(elsewhere === undefined ? [] : [`  - ${elsewhere}`]),
  ].join('\n');
};
