/** One instruction of classic BPF, as the kernel's `struct sock_filter`. */
interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly value: number;
}

const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_GREATER_EQUAL = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const JUMP_ANY_BIT = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

/** Offsets in `struct seccomp_data`; of an argument its lower half on a little-endian machine. */
export const SYSCALL_NUMBER = 0;
export const ARCHITECTURE = 4;
export const argument = (index: number): number => 16 + 8 * index;

export const ALLOW = 0x7fff0000;
export const KILL_PROCESS = 0x80000000;
/** The call is not made and answers this error. */
export const refuse = (errno: number): number => 0x00050000 | errno;

export const load = (offset: number): Instruction => ({
  code: LOAD_WORD,
  jumpTrue: 0,
  jumpFalse: 0,
  value: offset,
});

const give = (verdict: number): Instruction => ({ code: RETURN, jumpTrue: 0, jumpFalse: 0, value: verdict });

export { give as always };

/** Ends with the verdict where the loaded word is the value; goes on behind it otherwise. */
export const whenEqual = (value: number, verdict: number): Instruction[] => [
  { code: JUMP_EQUAL, jumpTrue: 0, jumpFalse: 1, value },
  give(verdict),
];

export const unlessEqual = (value: number, verdict: number): Instruction[] => [
  { code: JUMP_EQUAL, jumpTrue: 1, jumpFalse: 0, value },
  give(verdict),
];

export const whenAtLeast = (value: number, verdict: number): Instruction[] => [
  { code: JUMP_GREATER_EQUAL, jumpTrue: 0, jumpFalse: 1, value },
  give(verdict),
];

export const whenAnyBit = (mask: number, verdict: number): Instruction[] => [
  { code: JUMP_ANY_BIT, jumpTrue: 0, jumpFalse: 1, value: mask },
  give(verdict),
];

/** Where the loaded word is the value, the block, which must end with a verdict; it may load other words. */
export const inCase = (value: number, block: readonly Instruction[]): Instruction[] => [
  { code: JUMP_EQUAL, jumpTrue: 0, jumpFalse: block.length, value },
  ...block,
];

/** The program as `bwrap --seccomp` reads it. */
export const assemble = (program: readonly Instruction[]): Buffer => {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, jumpTrue, jumpFalse, value }, index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jumpTrue, index * 8 + 2);
    bytes.writeUInt8(jumpFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
};
