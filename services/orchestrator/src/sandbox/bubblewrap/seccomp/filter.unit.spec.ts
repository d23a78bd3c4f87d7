import { seccompFilter } from './filter.js';

const ALLOWED = 'allow';
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];
const ARCHITECTURES = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Runs the program as the kernel would: on a call of this number with these arguments. */
const verdict = (
  program: Buffer,
  architecture: number,
  number: number,
  ...args: number[]
): string | number => {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(architecture >>> 0, 4);
  args.forEach((value, index) => data.writeBigUInt64LE(BigInt(value), 16 + 8 * index));
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const [jumpTrue, jumpFalse] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)];
    const value = program.readUInt32LE(at * 8 + 4);
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x06) {
      if (value === 0x7fff0000) return ALLOWED;
      return value === 0x80000000 ? 'kill' : value & 0xffff;
    } else {
      const holds =
        code === 0x15
          ? accumulator === value
          : code === 0x35
            ? accumulator >= value
            : (accumulator & value) !== 0;
      at += holds ? jumpTrue : jumpFalse;
    }
  }
  throw new Error('The program has no end');
};

describe('the filter of system calls', () => {
  const x64 = (number: number, ...args: number[]): string | number =>
    verdict(seccompFilter('x64'), ARCHITECTURES.x64, number, ...args);
  const arm64 = (number: number, ...args: number[]): string | number =>
    verdict(seccompFilter('arm64'), ARCHITECTURES.arm64, number, ...args);

  it('lets an interpreter compute, read, write and start processes', () => {
    for (const number of [0, 1, 9, 56, 57, 59, 202, 257, 436])
      expect([number, x64(number)]).toEqual([number, ALLOWED]);
    for (const number of [56, 63, 64, 98, 220, 221, 222])
      expect([number, arm64(number)]).toEqual([number, ALLOWED]);
  });

  it.each([
    ['ptrace', 101, 117],
    ['mount', 165, 40],
    ['umount2', 166, 39],
    ['pivot_root', 155, 41],
    ['chroot', 161, 51],
    ['unshare', 272, 97],
    ['setns', 308, 268],
    ['bpf', 321, 280],
    ['perf_event_open', 298, 241],
    ['userfaultfd', 323, 282],
    ['io_uring_setup', 425, 425],
    ['keyctl', 250, 219],
    ['process_vm_writev', 311, 271],
    ['memfd_create', 319, 279],
    ['mknodat', 259, 33],
    ['init_module', 175, 105],
    ['kexec_load', 246, 104],
    ['reboot', 169, 142],
    ['sethostname', 170, 161],
    ['open_by_handle_at', 304, 265],
    ['personality', 135, 92],
    ['a call that nobody has made yet', 999, 999],
  ])('refuses %s', (_name, onX64, onArm64) => {
    expect(x64(onX64)).toBe(EPERM);
    expect(arm64(onArm64)).toBe(EPERM);
  });

  it('looks at what is asked of clone, socket and ioctl', () => {
    const thread = 0x00000100 | 0x00000200 | 0x00010000;
    expect(x64(56, thread)).toBe(ALLOWED);
    for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000])
      expect(x64(56, thread | flag)).toBe(EPERM);
    expect(x64(435)).toBe(ENOSYS);
    expect([x64(41, 1), x64(41, 2), x64(41, 10), x64(41, 16), x64(41, 17)]).toEqual([
      ALLOWED,
      EAFNOSUPPORT,
      EAFNOSUPPORT,
      EAFNOSUPPORT,
      EAFNOSUPPORT,
    ]);
    expect([x64(16, 0, 0x5401), x64(16, 0, 0x5412), x64(16, 0, 0x541c)]).toEqual([ALLOWED, EPERM, EPERM]);
  });

  it('knows no other way to number a call: another architecture, or the x32 one, ends the process', () => {
    expect(verdict(seccompFilter('x64'), 0x40000003, 1)).toBe('kill');
    expect(verdict(seccompFilter('x64'), ARCHITECTURES.arm64, 64)).toBe('kill');
    expect(x64(0x40000000 + 1)).toBe('kill');
    expect(() => seccompFilter('riscv64')).toThrow('riscv64');
  });
});
