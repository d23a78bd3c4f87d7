import type { Command } from 'commander';

import { audit } from '../audit/cli.js';
import { dlq } from '../dlq/cli.js';
import { rebuild } from '../rebuild/cli.js';
import { workflow } from '../workflow/cli.js';

const COMMANDS = [
  ['audit', 'the audit trail: verify, export, roots', audit],
  ['dlq', 'what consumers gave up on: list, show, replay, drop', dlq],
  ['rebuild', 'a read model again from the log', rebuild],
  ['workflow', 'validate, explain and run workflow files', workflow],
] as const;

/** Commands with a door of their own (`npm run dlq` …): they read their arguments themselves, `--help` too. */
export const delegatedCommands = (program: Command): void => {
  program.enablePositionalOptions();
  for (const [name, description, run] of COMMANDS)
    program
      .command(name)
      .description(description)
      .argument('[arguments...]')
      .allowUnknownOption()
      .helpOption(false)
      .passThroughOptions()
      .action(async (argv: string[]) => {
        process.exitCode = await run(argv);
      });
};
