import { CommanderError } from 'commander';

import { explain } from './explain.js';
import { CliError } from './failure.js';
import { TERMINAL } from './output.js';
import { makeProgram } from './program.js';
import { Surroundings } from './surroundings.js';

const WRONG_USAGE = 2;

// `… | head` has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const around = new Surroundings(process.env);
try {
  await makeProgram(around, TERMINAL).parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what is wrong itself; help that was asked for is no error.
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  } else {
    TERMINAL.note(explain(error, around));
    process.exitCode = error instanceof CliError ? error.exitCode : 1;
  }
}
