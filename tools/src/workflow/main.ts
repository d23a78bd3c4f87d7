import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The loader is the orchestrator's; this is only its door for people. */
const CLI = fileURLToPath(new URL('../../../services/orchestrator/dist/workflow/cli.js', import.meta.url));

const child = spawn(process.execPath, [CLI, ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => (process.exitCode = code ?? (signal ? 1 : 0)));
