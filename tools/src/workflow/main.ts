import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { runFile } from './run-file.js';

/** The loader is the orchestrator's; this is only its door for people. */
const CLI = fileURLToPath(new URL('../../../services/orchestrator/dist/workflow/cli.js', import.meta.url));

const voice = {
  print: (text: string): void => void process.stdout.write(text),
  complain: (text: string): void => void process.stderr.write(text),
};

const [command, ...rest] = process.argv.slice(2);
if (command === 'run') {
  try {
    process.exitCode = await runFile(rest, process.env, voice);
  } catch (error) {
    voice.complain(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
} else {
  const child = spawn(process.execPath, [CLI, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => {
    voice.complain(`${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => (process.exitCode = code ?? (signal ? 1 : 0)));
}
