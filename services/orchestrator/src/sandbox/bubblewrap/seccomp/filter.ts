import { constants } from 'node:os';

import {
  ALLOW,
  always,
  ARCHITECTURE,
  argument,
  assemble,
  inCase,
  KILL_PROCESS,
  load,
  refuse,
  SYSCALL_NUMBER,
  unlessEqual,
  whenAnyBit,
  whenAtLeast,
  whenEqual,
} from './bpf.js';
import { type Syscall, SYSCALL_NUMBERS } from './syscall-numbers.js';

/** Architectures by Node's names: `AUDIT_ARCH_…`, and the column of the numbers. */
const ARCHITECTURES: Readonly<Record<string, { readonly audit: number; readonly column: 0 | 1 }>> = {
  x64: { audit: 0xc000003e, column: 0 },
  arm64: { audit: 0xc00000b7, column: 1 },
};

/** Calls of the x32 ABI have this bit: the same work under other numbers. */
const X32_BIT = 0x40000000;

/** `CLONE_NEWNS|NEWCGROUP|NEWUTS|NEWIPC|NEWUSER|NEWPID|NEWNET|NEWTIME`, as far as clone takes them. */
const NEW_NAMESPACES =
  0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;

const AF_UNIX = 1;
/** Put words into a terminal as if they had been typed. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const NOT_PERMITTED = refuse(constants.errno.EPERM);

/** Those that are looked at more closely. */
const JUDGED: ReadonlySet<Syscall> = new Set<Syscall>(['clone', 'clone3', 'socket', 'ioctl']);

export const isSeccompArchitecture = (arch: string): boolean => arch in ARCHITECTURES;

/**
 * What a program may ask of the kernel, as a BPF program: the calls by which an interpreter computes, works on its
 * files, starts processes and threads and talks to them. Not among them, and so refused with EPERM: ptrace, mount,
 * unshare and setns, bpf, perf_event_open, io_uring, userfaultfd, keyctl, process_vm_*, memfd_create, modules, time
 * and host name. New namespaces, sockets other than Unix ones and typing into a terminal are refused by argument.
 * @throws Error for an architecture whose numbers are not known
 */
export const seccompFilter = (arch: string = process.arch): Buffer => {
  const architecture = ARCHITECTURES[arch];
  if (!architecture) throw new Error(`No seccomp filter for ${arch}`);
  const numberOf = (name: Syscall): number | null => SYSCALL_NUMBERS[name][architecture.column];
  const judged = (name: Syscall, block: Parameters<typeof inCase>[1]): ReturnType<typeof inCase> => {
    const number = numberOf(name);
    return number === null ? [] : inCase(number, block);
  };
  return assemble([
    load(ARCHITECTURE),
    ...unlessEqual(architecture.audit, KILL_PROCESS),
    load(SYSCALL_NUMBER),
    ...(arch === 'x64' ? whenAtLeast(X32_BIT, KILL_PROCESS) : []),
    ...judged('clone', [load(argument(0)), ...whenAnyBit(NEW_NAMESPACES, NOT_PERMITTED), always(ALLOW)]),
    // Its flags are in memory, where a filter can't look: without it the C library takes clone.
    ...judged('clone3', [always(refuse(constants.errno.ENOSYS))]),
    ...judged('socket', [
      load(argument(0)),
      ...unlessEqual(AF_UNIX, refuse(constants.errno.EAFNOSUPPORT)),
      always(ALLOW),
    ]),
    ...judged('ioctl', [
      load(argument(1)),
      ...whenEqual(TIOCSTI, NOT_PERMITTED),
      ...whenEqual(TIOCLINUX, NOT_PERMITTED),
      always(ALLOW),
    ]),
    ...(Object.keys(SYSCALL_NUMBERS) as Syscall[])
      .filter((name) => !JUDGED.has(name))
      .flatMap((name) => numberOf(name) ?? [])
      .flatMap((number) => whenEqual(number, ALLOW)),
    always(NOT_PERMITTED),
  ]);
};
