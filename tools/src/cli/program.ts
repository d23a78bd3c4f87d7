import { Command } from 'commander';

import { backupCommands } from './backup/commands.js';
import { conversationCommands } from './conversation/commands.js';
import { delegatedCommands } from './delegated.js';
import { doctorCommand } from './doctor/commands.js';
import type { Output } from './output.js';
import { staffCommands } from './staff/commands.js';
import type { Surroundings } from './surroundings.js';

/** Everything that `npm run baton -- …` can do. */
export const makeProgram = (around: Surroundings, out: Output): Command => {
  const program = new Command('npm run baton --')
    .description('Baton from a terminal: look, follow, mend, back up.')
    .addHelpText(
      'after',
      '\nWhich Baton: BATON_URL and BATON_API_KEY; without them the one that runs on BATON_DATA_DIR (npm start), with its key for development.\n' +
        'Exit codes: 0 done, 1 failed, 2 wrong usage.',
    )
    .showSuggestionAfterError()
    .exitOverride();
  conversationCommands(program, around, out);
  staffCommands(program, around, out);
  doctorCommand(program, around, out);
  backupCommands(program, around, out);
  delegatedCommands(program);
  for (const command of everyCommand(program)) command.exitOverride();
  return program;
};

const everyCommand = (command: Command): Command[] =>
  command.commands.flatMap((each) => [each, ...everyCommand(each)]);
