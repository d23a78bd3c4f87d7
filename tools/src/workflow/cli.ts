import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { runFile } from './run-file.js';

/** The loader is the orchestrator's; this is only its door for people. */
const LOADER = fileURLToPath(new URL('../../../services/orchestrator/dist/workflow/cli.js', import.meta.url));

const voice = {
  print: (text: string): void => void process.stdout.write(text),
  complain: (text: string): void => void process.stderr.write(text),
};

/** What is done with workflow files. Resolves with the exit code. */
export const workflow = async (argv: readonly string[]): Promise<number> => {
  const [command, ...rest] = argv;
  if (command !== 'run') return load(argv);
  try {
    return await runFile(rest, process.env, voice);
  } catch (error) {
    voice.complain(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
};

const load = (argv: readonly string[]): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [LOADER, ...argv], { stdio: 'inherit' });
    child.on('error', (error) => {
      voice.complain(`${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
