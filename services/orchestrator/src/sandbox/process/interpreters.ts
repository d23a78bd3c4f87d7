import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { nodeArguments } from './node-command.js';

const run = promisify(execFile);

const USUAL_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** The path of a program, links resolved: the usual folders first, for those hold no shims. */
export const findProgram = (name: string): string | undefined => {
  for (const folder of [...USUAL_FOLDERS, ...(process.env['PATH'] ?? '').split(delimiter)]) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return realpathSync(file);
    } catch {
      // Not in this one.
    }
  }
  return undefined;
};

export interface Mount {
  readonly from: string;
  readonly to: string;
}

export interface Interpreters {
  /** Files and folders that a sandbox shows, read-only. */
  readonly mounts: readonly Mount[];
  readonly links: readonly { readonly at: string; readonly to: string }[];
  /** What runs a program in the folder that holds it. */
  readonly commands: Readonly<{
    javascript: (memoryBytes: number) => readonly string[];
    python?: () => readonly string[];
  }>;
}

export const NODE_INSIDE = '/opt/node';

/**
 * What of this machine a program needs in order to run: the system's libraries, a shell and tar for the launcher,
 * this very Node, and Python with its library where there is one.
 * @throws Error where the launcher's tools are not here
 */
export const findInterpreters = async (): Promise<Interpreters> => {
  const tools = ['sh', 'tar', 'prlimit'].map((name): Mount => {
    const from = findProgram(name);
    if (from === undefined) throw new Error(`there is no ${name} here`);
    return { from, to: `/usr/bin/${name}` };
  });
  const python = await findPython();
  const libraries = ['/usr/lib', '/usr/lib64', '/usr/share/zoneinfo', '/etc/ld.so.cache']
    .filter((path) => existsSync(path))
    .map((path) => ({ from: path, to: path }));
  const links: { at: string; to: string }[] = [{ at: '/bin', to: 'usr/bin' }];
  for (const folder of ['/lib', '/lib64']) {
    if (!existsSync(folder)) continue;
    const real = realpathSync(folder);
    if (real === `/usr${folder}`) links.push({ at: folder, to: `usr${folder}` });
    else libraries.push({ from: real, to: folder });
  }
  return {
    mounts: [...libraries, ...tools, { from: process.execPath, to: NODE_INSIDE }, ...(python?.mounts ?? [])],
    links,
    commands: {
      javascript: (memoryBytes) => [NODE_INSIDE, ...nodeArguments(memoryBytes)],
      ...(python && { python: () => python.command }),
    },
  };
};

const ABOUT_PYTHON = `import json, sys, sysconfig
print(json.dumps([sys.executable, sysconfig.get_path('stdlib'), sysconfig.get_config_var('LDLIBRARY'), sysconfig.get_config_var('LIBDIR')]))`;

const findPython = async (): Promise<
  { readonly mounts: readonly Mount[]; readonly command: readonly string[] } | undefined
> => {
  const found = findProgram('python3');
  if (found === undefined) return undefined;
  const { stdout } = await run(found, ['-I', '-c', ABOUT_PYTHON]);
  const [reported, stdlib, library, libraries] = JSON.parse(stdout) as [
    string,
    string,
    string | null,
    string | null,
  ];
  // At its own place: by that it finds its library.
  const executable = realpathSync(reported);
  const mounts: Mount[] = [{ from: executable, to: executable }];
  if (!stdlib.startsWith('/usr/lib')) {
    mounts.push({ from: stdlib, to: stdlib });
    const shared = library && libraries ? join(libraries, library) : undefined;
    if (shared?.includes('.so') && existsSync(shared))
      mounts.push({ from: realpathSync(shared), to: shared });
  }
  return { mounts, command: [executable, '-E', '-s', '-B', '-u', '-X', 'utf8', 'main.py'] };
};
