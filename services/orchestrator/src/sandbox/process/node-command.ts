/** How much of a program's memory V8's heap may take: beside it there are stacks, code and buffers. */
const NODE_HEAP_SHARE = 0.5;
const MB = 1024 * 1024;

/**
 * Run before the program: what it prints is written at once. Node would keep what its reader has not taken yet in its
 * own memory, and a program that prints without end would die of that instead of its output limit.
 */
const BLOCKING_OUTPUT =
  'data:text/javascript,for(const s of[process.stdout,process.stderr])s._handle?.setBlocking?.(true)';

/** What follows the name of Node on a command line that runs a program. */
export const nodeArguments = (memoryBytes: number): readonly string[] => [
  `--max-old-space-size=${Math.floor((memoryBytes / MB) * NODE_HEAP_SHARE)}`,
  `--import=${BLOCKING_OUTPUT}`,
  'main.js',
];
