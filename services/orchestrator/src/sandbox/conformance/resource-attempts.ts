import { cannotSucceed, type EscapeAttempt, isCut } from './escape-attempt.js';

const SHORT = { wallMs: 2000 };

/** Taking more than there is for it. */
export const RESOURCE_ATTEMPTS: readonly EscapeAttempt[] = [
  {
    name: 'infinite loop',
    programs: { javascript: 'for (;;);', python: 'while True: pass' },
    limits: SHORT,
    expects: isCut('time', 'cpu'),
  },
  {
    name: 'sleep without end',
    programs: {
      javascript:
        'if (typeof Atomics === "object" && typeof SharedArrayBuffer === "function") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); for (;;);',
      python: 'import time\ntime.sleep(3600)',
    },
    limits: SHORT,
    expects: (result) =>
      // QuickJS lets nobody sleep: it says so at once.
      result.stderr.includes('cannot block') ? undefined : isCut('time')(result),
  },
  {
    name: 'processor time of many processes',
    programs: {
      python: 'import os\nfor _ in range(6): os.fork() == 0 and None\nwhile True: pass',
    },
    limits: SHORT,
    expects: cannotSucceed,
  },
  {
    name: 'regular expression without end',
    programs: {
      javascript: '/^(a+)+$/.test("a".repeat(64) + "b"); for (;;);',
      python: 'import re\nre.match("^(a+)+$", "a" * 64 + "b")',
    },
    limits: SHORT,
    expects: isCut('time', 'cpu'),
  },
  {
    name: 'fork bomb',
    programs: {
      javascript: `let spawn;
try { ({ spawn } = require('child_process')); } catch { console.log('no processes here'); }
const grow = () => { for (let i = 0; i < 8; i += 1) { const child = spawn(process.execPath, [__filename], { stdio: 'ignore' }); child.on('error', () => undefined); } };
if (spawn) { setInterval(grow, 5); }`,
      python: 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass',
    },
    limits: SHORT,
    expects: (result) =>
      result.stdout.includes('no processes here')
        ? undefined
        : isCut('time', 'tasks', 'memory', 'cpu')(result),
  },
  {
    name: 'thread bomb',
    programs: {
      javascript: `let Worker;
try { ({ Worker } = require('worker_threads')); } catch { console.log('no threads here'); }
if (Worker) setInterval(() => { const worker = new Worker('for(;;);', { eval: true }); worker.on('error', () => undefined); }, 1);`,
      python: `import threading, time
while True: threading.Thread(target=time.sleep, args=(3600,)).start()`,
    },
    limits: SHORT,
    expects: (result) =>
      result.stdout.includes('no threads here')
        ? undefined
        : result.end.kind === 'exited' && result.end.code === 0
          ? 'it came to a good end'
          : undefined,
  },
  {
    name: 'memory bomb',
    programs: {
      javascript: 'const all = []; for (;;) all.push(new Uint8Array(8 * 1024 * 1024).fill(7));',
      python: 'all = []\nwhile True: all.append(bytearray(8 * 1024 * 1024))',
    },
    limits: { wallMs: 30_000 },
    expects: cannotSucceed,
  },
  {
    name: 'a single huge allocation',
    programs: {
      javascript:
        'const all = new Uint8Array(1024 * 1024 * 1024).fill(1); console.log("ESCAPED", all.length);',
      python: 'all = b"x" * (1024 * 1024 * 1024)\nprint("ESCAPED", len(all))',
    },
    limits: { wallMs: 30_000 },
    expects: cannotSucceed,
  },
  {
    name: 'recursion without end',
    programs: {
      javascript: 'const deeper = () => deeper() + 1; deeper();',
      python: 'import sys\nsys.setrecursionlimit(10**9)\ndef deeper(): return deeper() + 1\ndeeper()',
    },
    limits: { wallMs: 30_000 },
    expects: cannotSucceed,
  },
  {
    name: 'output flood',
    programs: {
      javascript: 'for (;;) console.log("x".repeat(1000));',
      python: 'while True: print("x" * 1000)',
    },
    limits: { wallMs: 30_000 },
    expects: (result) =>
      isCut('output')(result) ??
      (result.stdout.length > 300_000 ? `${result.stdout.length} bytes were kept` : undefined),
  },
  {
    name: 'error flood',
    programs: {
      javascript: 'for (;;) console.error("x".repeat(1000));',
      python: 'import sys\nwhile True: sys.stderr.write("x" * 1000)',
    },
    limits: { wallMs: 30_000 },
    expects: isCut('output'),
  },
  {
    name: 'disk fill',
    programs: {
      javascript: `const fs = require('fs');
for (let i = 0; i < 4096; i += 1) fs.writeFileSync('fill-' + i, 'x'.repeat(1024 * 1024));
console.log('ESCAPED');`,
      python: `for number in range(4096): open(f'fill-{number}', 'wb').write(b'x' * 1024 * 1024)
print('ESCAPED')`,
    },
    limits: { wallMs: 30_000 },
    expects: (result) =>
      cannotSucceed(result) ??
      (result.files.reduce((sum, { content }) => sum + content.length, 0) > 32 * 1024
        ? 'more was given back than there is room for'
        : undefined),
  },
  {
    name: 'disk fill in /tmp and /dev/shm',
    programs: {
      python: `import os
written = 0
for folder in ('/tmp', '/dev/shm', '/var/tmp', '/run'):
    try:
        with open(os.path.join(folder, 'fill'), 'wb') as file:
            for _ in range(512): file.write(b'x' * 1024 * 1024); written += 1
    except OSError as error: print(folder, error)
print('ESCAPED' if written >= 512 else 'contained', written)`,
    },
    limits: { wallMs: 30_000 },
  },
  {
    name: 'a thousand files',
    programs: {
      javascript: `const fs = require('fs');
for (let i = 0; i < 1000; i += 1) fs.writeFileSync('file-' + i, 'x');`,
      python: `for number in range(1000): open(f'file-{number}', 'w').write('x')`,
    },
    expects: ({ files, omitted }) =>
      files.length <= 16 && omitted.length > 0 ? undefined : `${files.length} files were given back`,
  },
  {
    name: 'open files without end',
    programs: {
      javascript: `const fs = require('fs');
if (!fs.openSync) throw new Error('no descriptors here');
for (let i = 0; i < 100000; i += 1) fs.openSync('main.js');
console.log('ESCAPED');`,
      python: `all = [open('main.py') for _ in range(100000)]
print('ESCAPED')`,
    },
    expects: cannotSucceed,
  },
];
